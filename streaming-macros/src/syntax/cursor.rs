//! A position in a list of tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// Walks tokens without ever failing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    tokens: &'a [TokenTree],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [TokenTree]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The n-th token from here.
    pub(super) fn peek(&self, n: usize) -> Option<&'a TokenTree> {
        self.tokens.get(self.at + n)
    }

    pub(super) fn bump(&mut self) -> Option<&'a TokenTree> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    /// Takes an identifier, keywords included.
    pub(super) fn ident(&mut self) -> Option<&'a Ident> {
        match self.peek(0)? {
            TokenTree::Ident(ident) => {
                self.at += 1;
                Some(ident)
            }
            _ => None,
        }
    }

    /// Takes that keyword.
    pub(super) fn keyword(&mut self, word: &str) -> Option<&'a Ident> {
        match self.peek(0)? {
            TokenTree::Ident(ident) if ident == word => self.ident(),
            _ => None,
        }
    }

    /// The n-th token from here is that punctuation.
    pub(super) fn is_punct(&self, n: usize, ch: char) -> bool {
        matches!(self.peek(n), Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
    }

    /// Takes that punctuation.
    pub(super) fn punct(&mut self, ch: char) -> Option<Span> {
        self.is_punct(0, ch).then(|| self.bump().map(TokenTree::span)).flatten()
    }

    /// Takes a `=` that is not the beginning of `==` or `=>`.
    pub(super) fn equals(&mut self) -> Option<Span> {
        let longer = self.is_punct(1, '=') || self.is_punct(1, '>');
        if longer { None } else { self.punct('=') }
    }

    /// Takes a group with that delimiter.
    pub(super) fn group(&mut self, delimiter: Delimiter) -> Option<&'a Group> {
        match self.peek(0)? {
            TokenTree::Group(group) if group.delimiter() == delimiter => {
                self.at += 1;
                Some(group)
            }
            _ => None,
        }
    }

    /// Takes `< … >` with its brackets, to the end where it never closes; nothing where there is none.
    pub(super) fn angles(&mut self) -> TokenStream {
        if !self.is_punct(0, '<') {
            return TokenStream::new();
        }
        let start = self.at;
        let mut depth = 0usize;
        while let Some(token) = self.peek(0) {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                // The `>` of `->` closes nothing.
                TokenTree::Punct(punct) if punct.as_char() == '>' && !self.behind('-') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.tokens[start..self.at].iter().cloned().collect()
    }

    fn behind(&self, ch: char) -> bool {
        self.at > 0 && matches!(&self.tokens[self.at - 1], TokenTree::Punct(punct) if punct.as_char() == ch)
    }

    /// All that is left.
    pub(super) fn rest(&self) -> &'a [TokenTree] {
        &self.tokens[self.at.min(self.tokens.len())..]
    }

    /// How many tokens are behind us.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Where a missing token is reported: here, or at the last token before.
    pub(super) fn here(&self) -> Span {
        let token = self.peek(0).or_else(|| self.tokens.last());
        token.map_or_else(Span::call_site, TokenTree::span)
    }
}
