//! A compressed trie over path prefixes.

/// An index into [`Radix::nodes`].
type NodeIndex = u32;

/// Lists of values by prefix.
#[derive(Clone, Debug)]
pub(crate) struct Radix<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Clone, Debug)]
struct Node<T> {
    /// What follows the parent's text.
    label: Box<[u8]>,
    /// The length of the whole prefix down to here.
    depth: usize,
    /// Where to continue upwards: the nearest node above that has values.
    parent: Option<NodeIndex>,
    /// First octets of the children's labels, sorted, beside the children.
    first: Vec<u8>,
    children: Vec<NodeIndex>,
    values: Vec<T>,
}

impl<T> Node<T> {
    fn new(label: &[u8], depth: usize) -> Self {
        Self {
            label: label.into(),
            depth,
            parent: None,
            first: Vec::new(),
            children: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T> Radix<T> {
    /// Builds the trie from prefixes and their values; values of one prefix keep their order.
    pub(crate) fn new(mut entries: Vec<(Box<[u8]>, T)>) -> Self {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut radix = Self {
            nodes: vec![Node::new(b"", 0)],
        };
        for (prefix, value) in entries {
            let node = radix.node_for(&prefix);
            radix.nodes[node as usize].values.push(value);
        }
        radix.link(0, None);
        radix
    }

    /// Values of the prefixes of `path`, the longest prefix first, each with its length.
    pub(crate) fn prefixes(&self, path: &[u8]) -> impl Iterator<Item = (usize, &[T])> {
        let mut next = Some(self.deepest(path));
        std::iter::from_fn(move || {
            let node = &self.nodes[next? as usize];
            next = node.parent;
            Some((node.depth, node.values.as_slice()))
        })
    }

    /// The deepest node whose whole text is a prefix of `path`.
    fn deepest(&self, path: &[u8]) -> NodeIndex {
        let mut at = 0;
        let mut rest = path;
        while let Some(byte) = rest.first() {
            let node = &self.nodes[at as usize];
            let Ok(slot) = node.first.binary_search(byte) else {
                break;
            };
            let child = node.children[slot];
            let Some(after) = rest.strip_prefix(&*self.nodes[child as usize].label) else {
                break;
            };
            (at, rest) = (child, after);
        }
        at
    }

    /// The node whose whole text is `prefix`, made if need be.
    fn node_for(&mut self, prefix: &[u8]) -> NodeIndex {
        let mut at: NodeIndex = 0;
        let mut rest = prefix;
        while let Some(byte) = rest.first() {
            let slot = match self.nodes[at as usize].first.binary_search(byte) {
                Ok(slot) => slot,
                Err(slot) => return self.attach(at, slot, rest, prefix.len()),
            };
            let child = self.nodes[at as usize].children[slot];
            let label = &self.nodes[child as usize].label;
            let common = label.iter().zip(rest).take_while(|(a, b)| a == b).count();
            at = if common == label.len() {
                child
            } else {
                self.split(at, slot, common)
            };
            rest = &rest[common..];
        }
        at
    }

    fn attach(&mut self, parent: NodeIndex, slot: usize, label: &[u8], depth: usize) -> NodeIndex {
        let index = self.nodes.len() as NodeIndex;
        self.nodes.push(Node::new(label, depth));
        let parent = &mut self.nodes[parent as usize];
        parent.first.insert(slot, label[0]);
        parent.children.insert(slot, index);
        index
    }

    /// Puts a node in the middle of the label of `parent`'s child at `slot`.
    fn split(&mut self, parent: NodeIndex, slot: usize, at: usize) -> NodeIndex {
        let index = self.nodes.len() as NodeIndex;
        let child = self.nodes[parent as usize].children[slot];
        let lower = &mut self.nodes[child as usize];
        let (head, tail) = lower.label.split_at(at);
        let mut upper = Node::new(head, lower.depth - tail.len());
        upper.first.push(tail[0]);
        upper.children.push(child);
        lower.label = tail.into();
        self.nodes.push(upper);
        self.nodes[parent as usize].children[slot] = index;
        index
    }

    /// Points every node at the nearest one above that has values.
    fn link(&mut self, root: NodeIndex, above: Option<NodeIndex>) {
        let mut pending = vec![(root, above)];
        while let Some((index, above)) = pending.pop() {
            let node = &mut self.nodes[index as usize];
            node.parent = above;
            let above = if node.values.is_empty() {
                above
            } else {
                Some(index)
            };
            pending.extend(node.children.iter().map(|&child| (child, above)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn radix(prefixes: &[&str]) -> Radix<String> {
        let own = |text: &&str| (text.as_bytes().into(), (*text).to_owned());
        Radix::new(prefixes.iter().map(own).collect())
    }

    fn prefixes<'r>(radix: &'r Radix<String>, path: &str) -> Vec<&'r str> {
        radix
            .prefixes(path.as_bytes())
            .flat_map(|(length, values)| {
                assert!(values.iter().all(|value| value.len() == length));
                values.iter().map(String::as_str)
            })
            .collect()
    }

    #[test]
    fn longest_first() {
        let radix = radix(&["", "/api", "/api/v1", "/api/v2", "/apple", "/b"]);
        assert_eq!(prefixes(&radix, "/api/v1/x"), ["/api/v1", "/api", ""]);
        assert_eq!(prefixes(&radix, "/api/v3"), ["/api", ""]);
        assert_eq!(prefixes(&radix, "/ap"), [""]);
        assert_eq!(prefixes(&radix, "/apple"), ["/apple", ""]);
        assert_eq!(prefixes(&radix, ""), [""]);
    }

    #[test]
    fn values_of_one_prefix_keep_their_order() {
        let radix = Radix::new(vec![(b"/a"[..].into(), 2), (b"/a"[..].into(), 1)]);
        let found: Vec<_> = radix.prefixes(b"/a").collect();
        assert_eq!(found, [(2, &[2, 1][..])]);
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            texts in prop::collection::btree_set("[ab/]{0,6}", 0..24),
            path in "[ab/]{0,10}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let radix = radix(&texts);
            let mut expected: Vec<_> =
                texts.iter().copied().filter(|text| path.starts_with(text)).collect();
            expected.sort_by_key(|text| std::cmp::Reverse(text.len()));
            prop_assert_eq!(prefixes(&radix, &path), expected);
        }
    }
}
