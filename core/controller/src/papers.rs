//! Answers what lanes ask of the declarations.

use std::path::PathBuf;

use greenlane_config::ManifestTable;
use greenlane_lane::{Answer, ContainerPapers};
use greenlane_manifest::{ManifestError, Store};
use greenlane_model::{ContainerNumber, Hold, Papers as OnPaper, Utc};

use crate::audit::AuditKey;

/// The declarations of one lane.
pub struct Declarations {
    table: Option<ManifestTable>,
    key: AuditKey,
    store: Option<(PathBuf, Store)>,
}

impl Declarations {
    /// Those that the lane's file names; without any, nothing is known of any container.
    pub fn new(table: Option<ManifestTable>, key: AuditKey) -> Self {
        Self { table, key, store: None }
    }

    /// Another file may be in force after a reload.
    pub fn set(&mut self, table: Option<ManifestTable>) {
        self.table = table;
        self.store = None;
    }

    /// What is known at `utc_ns` of a passage with these containers and plates; `None` when the declarations
    /// cannot be read, so that the lane waits in vain and refers.
    pub fn answer(
        &mut self,
        utc_ns: i64,
        passage: &str,
        containers: &[String],
        plates: &[String],
    ) -> Option<Answer> {
        let share = self.table.as_ref().map_or(1.0, |table| table.audit_share);
        let day = self.key.of_day(utc_ns);
        let (audit_drawn, commitment) = (day.draws(passage, share), Some(day.commitment()));
        let mut answer = Answer { audit_drawn, commitment, ..Answer::default() };
        if self.table.is_none() {
            let unknown = |c: &String| ContainerPapers { container: c.clone(), papers: OnPaper::Unknown };
            answer.papers = containers.iter().map(unknown).collect();
            return Some(answer);
        }
        match self.look_up(Utc(utc_ns), containers, plates) {
            Ok((papers, holds)) => Some(Answer { papers, holds, ..answer }),
            Err(error) => {
                tracing::error!(passage, "{error}");
                self.store = None;
                None
            }
        }
    }

    fn look_up(
        &mut self,
        now: Utc,
        containers: &[String],
        plates: &[String],
    ) -> Result<(Vec<ContainerPapers>, Vec<Hold>), ManifestError> {
        let Some(table) = &self.table else { return Ok((Vec::new(), Vec::new())) };
        let store = match &mut self.store {
            Some((path, store)) if *path == table.file => store,
            store => &mut store.insert((table.file.clone(), Store::open(&table.file)?)).1,
        };
        let (mut papers, mut holds) = (Vec::new(), Vec::new());
        let mut orders = |container: Option<&ContainerNumber>, bills: &[String], truck: Option<&str>| {
            let standing = store.holds(container, bills, truck, now)?;
            holds.extend(standing.into_iter().map(|standing| standing.hold));
            Ok::<(), ManifestError>(())
        };
        for container in containers {
            // What was read need not be a number that can be declared.
            let number: Option<ContainerNumber> = container.parse().ok();
            let known = match &number {
                Some(number) => store.papers(number, now, table.stale_days)?,
                None => OnPaper::Unknown,
            };
            let consignments = known.declaration().map(|d| d.consignments.as_slice()).unwrap_or_default();
            let bills: Vec<String> = consignments.iter().filter_map(|c| c.bill.clone()).collect();
            orders(number.as_ref(), &bills, None)?;
            papers.push(ContainerPapers { container: container.clone(), papers: known });
        }
        for plate in plates {
            orders(None, &[], Some(plate))?;
        }
        Ok((papers, holds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_that_cannot_be_read_give_no_answer_and_none_gives_unknown() {
        let key = AuditKey::known(1);
        let containers = ["CSQU3054383".to_owned()];
        let mut none = Declarations::new(None, key.clone());
        let answer = none.answer(0, "in-01-000001", &containers, &[]).unwrap();
        assert_eq!(answer.papers[0].papers, OnPaper::Unknown);
        let file = PathBuf::from("/nowhere/manifest.sqlite");
        let table = ManifestTable { file, stale_days: 30, audit_share: 0.02 };
        assert!(Declarations::new(Some(table), key).answer(0, "in-01-000001", &containers, &[]).is_none());
    }
}
