//! What was posted lately, to know a repeated post and a second final result of one event.

use std::collections::VecDeque;

use greenlane_driver::model::Phase;

use super::map::Place;

/// How many events are remembered.
pub const MAX_EVENTS: usize = 64;
/// How many posts of one event are remembered.
pub const MAX_POSTS: usize = 16;

/// The latest events, oldest first.
#[derive(Debug, Default)]
pub struct Recent {
    events: VecDeque<(String, VecDeque<Post>)>,
}

#[derive(Debug, PartialEq)]
struct Post {
    place: Place,
    text: Option<String>,
    phase: Phase,
}

impl Recent {
    /// The phase to pass on for a result of `event`, or `None` when this very post came before.
    ///
    /// A second final result with another text replaces the first: it becomes [`Phase::Corrected`].
    pub fn phase(&mut self, event: &str, place: Place, text: Option<&str>, phase: Phase) -> Option<Phase> {
        let posts = self.posts(event);
        let post = Post { place, text: text.map(str::to_owned), phase };
        if posts.contains(&post) {
            return None;
        }
        let replaces = posts.iter().any(|earlier| {
            earlier.place == place && earlier.phase != Phase::Interim && earlier.text != post.text
        });
        if posts.len() == MAX_POSTS {
            posts.pop_front();
        }
        posts.push_back(post);
        Some(if replaces && phase == Phase::Final { Phase::Corrected } else { phase })
    }

    fn posts(&mut self, event: &str) -> &mut VecDeque<Post> {
        let known = match self.events.iter().position(|(known, _)| known == event) {
            Some(known) => known,
            None => {
                if self.events.len() == MAX_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back((event.to_owned(), VecDeque::new()));
                self.events.len() - 1
            }
        };
        &mut self.events[known].1
    }
}
