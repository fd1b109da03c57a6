//! The regular expressions of one document, within one budget of memory.

use super::rules::Fault;
use crate::error::ErrorCode;
use crate::route::{Expression, Pattern, Substitution, SubstitutionError};

/// The most memory that the compiled expressions of one document may take together, in bytes:
/// ten thousand of usual size, so that one host's routes cannot exhaust a proxy.
const BUDGET_BYTES: usize = 32 << 20;

/// Compiles expressions until the budget is spent.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    spent: usize,
}

impl Patterns {
    /// Compiles `text`, which stands at `field`.
    pub(super) fn compile(
        &mut self,
        text: &str,
        field: impl Fn() -> String,
    ) -> Result<(Expression, Pattern), Fault> {
        let compiled = Expression::new(text).and_then(|expression| {
            let pattern = Pattern::compile(&expression)?;
            Ok((expression, pattern))
        });
        let (expression, pattern) =
            compiled.map_err(|error| (ErrorCode::InvalidRegex, field(), error.to_string()))?;
        self.spend(pattern.memory(), field)?;
        Ok((expression, pattern))
    }

    /// Compiles a substitution, whose parts stand at `pattern_field` and `text_field`.
    pub(super) fn substitution(
        &mut self,
        pattern: &str,
        text: &str,
        pattern_field: impl Fn() -> String,
        text_field: impl Fn() -> String,
    ) -> Result<Substitution, Fault> {
        let substitution = Substitution::new(pattern, text).map_err(|error| match error {
            SubstitutionError::Pattern(error) => {
                (ErrorCode::InvalidRegex, pattern_field(), error.to_string())
            }
            SubstitutionError::Text(reason) => (ErrorCode::InvalidValue, text_field(), reason),
        })?;
        self.spend(substitution.memory(), pattern_field)?;
        Ok(substitution)
    }

    /// What the expressions take so far, in bytes.
    pub(super) fn spent(&self) -> usize {
        self.spent
    }

    fn spend(&mut self, bytes: usize, field: impl Fn() -> String) -> Result<(), Fault> {
        self.spent += bytes;
        if self.spent > BUDGET_BYTES {
            let reason = format!("the document's expressions need more than {BUDGET_BYTES} bytes");
            return Err((ErrorCode::TooMany, field(), reason));
        }
        Ok(())
    }
}
