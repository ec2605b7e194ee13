//! "Did you mean": the nearest of the known words.

/// The known word that `word` most likely meant: at most a third of its letters wrong.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    let ranked = known.into_iter().map(|other| (distance(word, other), other));
    // A file may hold a word as long as itself; none of that length is a slip of the pen.
    let ranked = ranked.filter(|(distance, _)| *distance <= most.min(4));
    ranked.min().map(|(_, other)| other)
}

/// Help for an unknown word: the nearest known one, or all of them.
pub(crate) fn suggest<'a, I>(word: &str, what: &str, known: I) -> String
where
    I: IntoIterator<Item = &'a str> + Clone,
{
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => listed(what, known),
    }
}

/// `what: a, b, c`, cut after twenty.
pub(crate) fn listed<'a>(what: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let all: Vec<String> = known.into_iter().map(|word| format!("`{word}`")).collect();
    match all.len() {
        0 => format!("{what}: none"),
        1..=MOST => format!("{what}: {}", all.join(", ")),
        n => format!("{what}: {} and {} more", all[..MOST].join(", "), n - MOST),
    }
}

/// Edits from one word to the other, neighbours swapped counting as one. Words of more than 64 letters are
/// never near.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(LONGEST + 1).collect(), b.chars().take(LONGEST + 1).collect());
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1)
            };
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                rows[i][j] = rows[i][j].min(rows[i - 2][j - 2] + 1);
            }
        }
    }
    rows[a.len()][b.len()]
}
