//! Why a request is allowed, and where it goes: questions, answers, and the engine between them.
//!
//! The engine asks the Snapshot and the policies that a proxy asks, so what is explained is what
//! runs. One JSON line is one question ([`Question`]); one line is its answer ([`Answer`]).

mod answer;
mod arriving;
mod behind;
mod decide;
mod destinations;
mod directory;
mod duration;
mod fields;
mod forward;
mod guards;
mod hint;
mod inbound;
mod object;
mod question;
mod recorder;
mod views;

pub use answer::{
    Answer, Authorization, DestinationRef, DryRun, Field, Leaving, MirrorRef, Node, Outcome,
    Retries, RouteRef, Verdict,
};
pub use question::{Address, LINE_BYTES, Protocol, Question, Scheme, Source, Target};

pub use crate::trace::{NoTrace, Trace};

use crate::error::CompileError;
use crate::wire::{Documents, MeshDocument};
use decide::Decide;
use directory::Directory;
use guards::Guards;
use recorder::Recorder;
use views::Views;

/// Compiled documents that answer questions, from any number of threads.
#[derive(Debug)]
pub struct Engine {
    mesh: MeshDocument,
    directory: Directory,
    guards: Guards,
    views: Views,
}

impl Engine {
    /// Compiles `documents`.
    ///
    /// # Errors
    /// [`CompileError`] naming the document and field of the first mistake.
    pub fn compile(documents: Documents) -> Result<Self, CompileError> {
        Ok(Self {
            mesh: documents.mesh.clone().unwrap_or_default(),
            directory: Directory::new(&documents),
            guards: Guards::compile(&documents)?,
            views: Views::new(documents)?,
        })
    }

    /// The answer to one question; with `tree`, the steps that led to it.
    #[must_use]
    pub fn answer(&self, question: &Question, tree: bool) -> Answer {
        if !tree {
            return Decide::new(self, question, NoTrace).answer();
        }
        let mut recorder = Recorder::default();
        let mut answer = Decide::new(self, question, &mut recorder).answer();
        answer.tree = Some(recorder.into_tree());
        answer
    }

    /// The answer to one line; a line that is no question is answered [`Outcome::BadRequest`].
    #[must_use]
    pub fn answer_line(&self, line: &[u8], tree: bool) -> Answer {
        match Question::parse(line) {
            Ok(question) => self.answer(&question, tree),
            Err(error) => {
                let mut answer = Answer::new(Question::id_of(line), Outcome::BadRequest, None);
                answer.error = Some(error);
                answer.tree = tree.then(Vec::new);
                answer
            }
        }
    }

    /// One line of JSON for each line that is not blank, in their order.
    #[must_use]
    pub fn answer_lines(&self, lines: &[u8], tree: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(lines.len() * 2);
        for line in lines.split(|&byte| byte == b'\n') {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let answer = self.answer_line(line, tree);
            let start = out.len();
            if serde_json::to_writer(&mut out, &answer).is_err() {
                // Texts, numbers and lists always have a JSON form; a line is owed all the same.
                out.truncate(start);
                out.extend_from_slice(br#"{"outcome":"bad_request"}"#);
            }
            out.push(b'\n');
        }
        out
    }
}

#[cfg(test)]
mod tests;
