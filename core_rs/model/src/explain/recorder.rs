//! Keeps the steps of a decision as a tree.

use std::fmt;

use super::answer::Node;
use crate::trace::Trace;

/// The most steps that one tree keeps: enough to read, and a bound for what one answer may hold.
const STEPS: usize = 20_000;

/// The most of a name or a reason that is kept, in bytes: what a request holds may be long, and
/// each step may tell it again.
const TEXT_BYTES: usize = 512;

/// A tree in the making.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// The steps that have begun, the outermost first, above what is finished.
    open: Vec<Node>,
    finished: Vec<Node>,
    steps: usize,
}

impl Recorder {
    /// The finished steps.
    pub(super) fn into_tree(self) -> Vec<Node> {
        self.finished
    }
}

impl Trace for Recorder {
    fn enter(&mut self, step: &'static str, name: fmt::Arguments<'_>) {
        self.steps += 1;
        self.open.push(Node {
            step: step.to_owned(),
            name: cut(name.to_string()),
            ..Node::default()
        });
    }

    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>) {
        let Some(mut node) = self.open.pop() else {
            return;
        };
        result.clone_into(&mut node.result);
        node.reason = cut(reason.to_string());
        let siblings = match self.open.last_mut() {
            Some(parent) => &mut parent.children,
            None => &mut self.finished,
        };
        if self.steps <= STEPS {
            siblings.push(node);
        }
    }
}

/// The beginning of a long text.
fn cut(mut text: String) -> String {
    if text.len() > TEXT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_nest() {
        let mut recorder = Recorder::default();
        recorder.enter("policy", format_args!("a/b"));
        recorder.leaf(
            "rule",
            format_args!("0"),
            "not_matched",
            format_args!("from"),
        );
        recorder.leaf("rule", format_args!("1"), "matched", format_args!(""));
        recorder.leave("allow", format_args!("rule 1"));
        recorder.leaf("host", format_args!("x"), "matched", format_args!(""));
        let tree = recorder.into_tree();
        assert_eq!(tree.len(), 2);
        assert_eq!(tree[0].children.len(), 2);
        assert_eq!(tree[0].children[1].name, "1");
        assert_eq!(tree[0].result, "allow");
    }

    #[test]
    fn a_tree_is_bounded() {
        let mut recorder = Recorder::default();
        for _ in 0..STEPS * 2 {
            recorder.leaf("route", format_args!("r"), "not_matched", format_args!(""));
        }
        assert_eq!(recorder.into_tree().len(), STEPS);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut recorder = Recorder::default();
        let long = "ä".repeat(TEXT_BYTES);
        recorder.leaf(
            "host",
            format_args!("a{long}"),
            "matched",
            format_args!("{long}"),
        );
        let tree = recorder.into_tree();
        assert!(tree[0].name.len() <= TEXT_BYTES + 3);
        assert!(tree[0].reason.ends_with("ä…"));
    }
}
