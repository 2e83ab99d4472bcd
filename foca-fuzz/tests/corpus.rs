//! Every input that fuzzing kept is handled again, by an ordinary test.

use std::fs;
use std::path::Path;

#[test]
fn every_target_bears_its_corpus() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in foca_fuzz::TARGETS {
        let corpus = corpora.join(name);
        let entries = fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{corpus:?}: {error}"));
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() > 2, "{name} has no corpus");
        for path in paths {
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
        }
    }
}
