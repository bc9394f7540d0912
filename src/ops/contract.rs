//! The contract with the Python shim: the request is read from a file, the response written to one.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::Error;
use crate::facts::request::{CONTRACT, Request};
use crate::system::disk;

/// What a hook answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The name of a file or directory, or a list of requirements.
    Result(Value),
    /// There is no cargo: the shim shall let puccinialin install Rust, and ask again.
    SetUpRust,
}

/// Reads a request, if it is of a version that this program understands.
pub fn read(path: &Path) -> Result<Request, Error> {
    let request: Request = serde_json::from_slice(&disk::read(path)?)
        .map_err(|reason| Error::Contract(format!("the request cannot be read: {reason}")))?;
    if request.contract != CONTRACT {
        let message = format!("the shim speaks contract {}, the program {CONTRACT}", request.contract);
        return Err(Error::Contract(message));
    }
    Ok(request)
}

/// Writes the response.
pub fn answer(path: &Path, answer: Answer) -> Result<(), Error> {
    let response = match answer {
        Answer::Result(result) => json!({ "contract": CONTRACT, "result": result }),
        Answer::SetUpRust => json!({ "contract": CONTRACT, "setup_rust": true }),
    };
    Ok(disk::write_whole(path, response.to_string().as_bytes())?)
}
