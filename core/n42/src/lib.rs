//! N42.42: reading both dialects, writing, the 57 rules, the schema's structure. Knows no file and no network.
