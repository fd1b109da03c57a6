//! What a condition comes to when it may be impossible to say.

/// Whether something holds. The third value is what keeps a policy closed: it survives a negation,
/// and only the rule's action turns it into an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
    /// It cannot be evaluated: an attribute is missing, or is not what it should be.
    Doubt,
}

impl Known {
    /// The opposite; doubt stays doubt.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Doubt => Self::Doubt,
        }
    }

    /// Whether all hold; `No` settles it, so that doubt elsewhere does not matter.
    pub(super) fn all(results: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for result in results {
            match result {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Doubt => all = Self::Doubt,
            }
        }
        all
    }

    /// Whether one holds; `Yes` settles it.
    pub(super) fn any(results: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for result in results {
            match result {
                Self::Yes => return Self::Yes,
                Self::No => {}
                Self::Doubt => any = Self::Doubt,
            }
        }
        any
    }
}

impl From<bool> for Known {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Known::{self, Doubt, No, Yes};

    #[test]
    fn doubt_counts_only_where_nothing_else_settles_it() {
        assert_eq!(Known::all([Yes, Doubt, No]), No);
        assert_eq!(Known::all([Doubt, Yes]), Doubt);
        assert_eq!(Known::all([]), Yes);
        assert_eq!(Known::any([No, Doubt, Yes]), Yes);
        assert_eq!(Known::any([Doubt, No]), Doubt);
        assert_eq!(Known::any([]), No);
        assert_eq!([Yes, No, Doubt].map(Known::negated), [No, Yes, Doubt]);
    }
}
