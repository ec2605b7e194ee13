use super::*;

fn spread(low: f64, middle: f64, high: f64) -> Spread {
    Spread { low, middle, high }
}

#[test]
fn a_quantile_lies_in_its_interval_and_the_interval_narrows_with_more_samples() {
    let of = |n: u32| Spread::quantile(&(0..n).rev().map(f64::from).collect::<Vec<_>>(), 0.5);
    let (few, many) = (of(100), of(10_000));
    assert_eq!(few, spread(40.0, 50.0, 60.0));
    assert_eq!(many, spread(4902.0, 5000.0, 5098.0));
}

#[test]
fn a_quantile_near_the_end_of_few_samples_reaches_to_the_last() {
    let of = Spread::quantile(&[5.0, 1.0, 9.0], 0.99);
    assert_eq!((of.middle, of.high), (9.0, 9.0), "{of:?}");
    assert_eq!(Spread::quantile(&[], 0.5), Spread::exact(0.0));
}

#[test]
fn runs_give_least_median_and_most() {
    assert_eq!(Spread::of_runs(vec![3.0, 1.0, 2.0]), spread(1.0, 2.0, 3.0));
    assert_eq!(spread(1.0, 2.0, 4.0).map(|x| 8.0 / x), spread(2.0, 4.0, 8.0));
}

#[test]
fn a_budget_is_kept_only_by_the_whole_interval() {
    let at_most = |value| Budget::AtMost(2.0).verdict(value);
    assert_eq!(at_most(spread(1.0, 1.5, 2.0)), Verdict::Ok);
    assert_eq!(at_most(spread(1.0, 1.5, 2.1)), Verdict::Close);
    assert_eq!(at_most(spread(1.0, 2.1, 2.2)), Verdict::Over);
    assert_eq!(Budget::AtLeast(2.0).verdict(spread(1.0, 2.5, 3.0)), Verdict::Close);
}
