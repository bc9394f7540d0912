//! The packaging standards' words: what is read and written again is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wainwright::facts::git_describe::GitDescribe;
use wainwright::facts::header_file::HeaderFile;
use wainwright::plan::git_version;
use wainwright::spec::filename::WheelName;
use wainwright::spec::marker::Marker;
use wainwright::spec::module_path::ModulePath;
use wainwright::spec::name::DistributionName;
use wainwright::spec::record;
use wainwright::spec::relative_path::RelativePath;
use wainwright::spec::requirement::Requirement;
use wainwright::spec::specifier::VersionSpecifiers;
use wainwright::spec::tag::WheelTag;
use wainwright::spec::version::Version;

fn again<T: std::str::FromStr + std::fmt::Display>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        match written.parse::<T>() {
            Ok(second) => assert_eq!(second.to_string(), written, "{text:?}"),
            Err(_) => panic!("{text:?} is written as {written:?}, which cannot be read"),
        }
    }
}

fuzz_target!(|text: &str| {
    again::<Version>(text);
    again::<VersionSpecifiers>(text);
    again::<Requirement>(text);
    again::<Marker>(text);
    again::<DistributionName>(text);
    again::<RelativePath>(text);
    again::<WheelTag>(text);
    again::<ModulePath>(text);
    let _ = text.parse::<WheelName>();
    let _ = record::parse(text);
    HeaderFile::read(text);
    if let Some(described) = GitDescribe::read(text) {
        let _ = git_version::version(&described, Some("v"));
    }
});
