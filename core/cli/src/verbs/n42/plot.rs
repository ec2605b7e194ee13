//! Bars in a terminal.

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Bars from the top line to the bottom one, as high as `values` are against the largest, `rows` lines.
/// More values than `columns` are taken together, each column as high as their mean.
pub fn bars(values: &[f64], columns: usize, rows: usize) -> Vec<String> {
    let values = means(values, columns);
    let most = values.iter().copied().fold(0.0, f64::max);
    let height = |value: f64| match most > 0.0 {
        true => (value.max(0.0) / most * (rows * 8) as f64).round() as usize,
        false => 0,
    };
    let line = |row: usize| {
        let below = (rows - 1 - row) * 8;
        values.iter().map(|value| EIGHTHS[height(*value).saturating_sub(below).min(8)]).collect()
    };
    (0..rows).map(line).collect()
}

fn means(values: &[f64], columns: usize) -> Vec<f64> {
    let columns = columns.min(values.len());
    let part = |column: usize| {
        let part = &values[column * values.len() / columns..(column + 1) * values.len() / columns];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..columns).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_fills_its_column_and_half_of_it_half() {
        assert_eq!(bars(&[2.0, 4.0, 0.0], 10, 2), [" █ ", "██ "]);
    }

    #[test]
    fn many_values_share_columns_and_none_is_lost() {
        assert_eq!(means(&[1.0, 3.0, 5.0, 7.0, 9.0], 2), [2.0, 7.0]);
        assert!(bars(&[], 10, 1)[0].is_empty());
    }
}
