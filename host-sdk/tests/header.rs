//! The header and its mirror in Rust are the same thing.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/layout.rs"]
mod layout;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Whether a tool can be run; says so when not.
fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: there is no {tool} here");
    }
    there
}

fn compile(compiler: &str, standard: &str, extra: &[&str], source: &Path, out: &Path) {
    let output = Command::new(compiler)
        .arg(format!("-std={standard}"))
        .args(STRICT)
        .args(extra)
        .arg("-I")
        .arg(layout::include_folder())
        .arg("-o")
        .arg(out)
        .arg(source)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} -std={standard} {extra:?} refused:\n{said}");
}

/// A program that names everything that differs.
fn program() -> String {
    let mut c = String::from(
        "#include \"openclaw_channel.h\"\n#include <stdio.h>\n#include <string.h>\n\
         static int wrong = 0;\n\
         static void same(const char *what, long long c, long long rust) {\n\
             if (c != rust) { wrong = 1; printf(\"%s: header %lld, mirror %lld\\n\", what, c, rust); }\n\
         }\n\
         int main(void) {\n",
    );
    for it in layout::structs() {
        let (name, size) = (it.name, it.size);
        writeln!(c, "    same(\"sizeof({name})\", (long long)sizeof({name}), {size});").unwrap();
        for (field, offset, size) in &it.fields {
            writeln!(c, "    same(\"{name}.{field}\", (long long)offsetof({name}, {field}), {offset});")
                .unwrap();
            writeln!(
                c,
                "    same(\"sizeof {name}.{field}\", (long long)sizeof((({name} *)0)->{field}), {size});"
            )
            .unwrap();
        }
    }
    for (name, value) in layout::constants() {
        writeln!(c, "    same(\"{name}\", (long long)({name}), {value}LL);").unwrap();
    }
    let symbol = host_sdk::abi::ENTRY_SYMBOL;
    writeln!(c, "    if (strcmp(OC_ENTRY_SYMBOL, \"{symbol}\") != 0) {{ wrong = 1; puts(\"symbol\"); }}")
        .unwrap();
    c.push_str("    return wrong;\n}\n");
    c
}

#[test]
fn sizes_offsets_and_constants_of_the_header_are_those_of_the_mirror() {
    if !has("cc") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("layout.c"), folder.path().join("layout"));
    std::fs::write(&source, program()).unwrap();
    compile("cc", "c99", &[], &source, &binary);
    let run = Command::new(&binary).output().unwrap();
    assert!(run.status.success(), "\n{}", String::from_utf8_lossy(&run.stdout));
}

#[test]
fn the_header_stands_alone_in_c_and_in_cpp_with_and_without_prototypes() {
    let folder = tempfile::tempdir().unwrap();
    // A use of every function, so that the prototypes are read as well as parsed.
    let uses = ["entry", "init", "handle", "send", "poll", "wake_fd", "query", "shutdown", "destroy"]
        .map(|name| {
            if name == "entry" { "openclaw_channel_entry_v1".to_owned() } else { format!("openclaw_{name}") }
        })
        .iter()
        .map(|name| format!("    use = (void (*)(void)){name};\n    (void)use;\n"))
        .collect::<String>();
    let uses = format!("    void (*use)(void);\n{uses}");
    let source = |name: &str, body: &str| {
        let path = folder.path().join(name);
        let has_field = "    oc_host host = {sizeof(oc_host), 0, 0, 0, 0, 0, 0};\n\
                         \x20   if (!OC_HAS_FIELD(&host, oc_host, log)) return 1;\n";
        let code = format!(
            "#include \"openclaw_channel.h\"\nint main(void) {{\n{has_field}{body}    return 0;\n}}\n"
        );
        std::fs::write(&path, code).unwrap();
        path
    };
    let out = folder.path().join("out.o");
    for (compiler, standard, file) in [("cc", "c99", "a.c"), ("cc", "c11", "a.c"), ("c++", "c++17", "a.cpp")]
    {
        if has(compiler) {
            compile(compiler, standard, &["-c"], &source(file, &uses), &out);
            compile(compiler, standard, &["-c", "-DOC_NO_PROTOTYPES"], &source(file, ""), &out);
        }
    }
}

/// The header without its comments.
fn code() -> String {
    let mut code = String::new();
    let header = layout::header();
    let mut rest = header.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    code + rest
}

#[test]
fn no_field_and_no_constant_of_the_header_is_missing_in_the_comparison() {
    let code = code();
    let not_numbers = ["OC_ENTRY_SYMBOL", "OC_CALL", "OC_HAS_FIELD"];
    let defined: Vec<&str> = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("#define "))
        .map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap())
        .filter(|name| name.starts_with("OC_") && !not_numbers.contains(name))
        .collect();
    let known: Vec<&str> = layout::constants().iter().map(|(name, _)| *name).collect();
    assert_eq!(sorted(defined), sorted(known));

    let mut found = Vec::new();
    for part in code.split("typedef struct ").skip(1) {
        let Some((name, rest)) = part.split_once('{') else { continue };
        if name.contains(';') {
            continue; // an opaque type
        }
        let body = rest.split_once("\n}").unwrap().0;
        found.push((name.trim().to_owned(), body.split(';').filter_map(field_name).collect::<Vec<_>>()));
    }
    let known: Vec<(String, Vec<String>)> = layout::structs()
        .iter()
        .map(|it| (it.name.to_owned(), it.fields.iter().map(|field| field.0.to_owned()).collect()))
        .collect();
    assert_eq!(sorted(found), sorted(known));
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// The name in a field's declaration: inside `(OC_CALL *name)`, or the last word.
fn field_name(declaration: &str) -> Option<String> {
    let declaration = declaration.trim();
    let name = match declaration.split_once("(OC_CALL *") {
        Some((_, rest)) => rest.split(')').next()?,
        None => declaration.rsplit([' ', '*']).next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}
