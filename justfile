# Short names for plain cargo commands; nothing here is needed. `just` lists them.

_list:
    @just --list

# Play one whole story with stand-ins and print what each person sees
try:
    cargo run -p sandbox

# Keep the stand-ins up, to run and drive the real program
serve *OPTIONS:
    cargo run -p sandbox -- serve {{OPTIONS}}

# Run every test, or those whose name contains WORDS
test *WORDS:
    cargo test --workspace {{WORDS}}

# Run the stories of people whose name contains WORDS
stories *WORDS:
    cargo test --test stories {{WORDS}}

# Measure the real program
bench *OPTIONS:
    cargo run --release -p sandbox -- bench {{OPTIONS}}

# Put faults into what decides, one by one, and list those that no test notices; takes hours and needs cargo-mutants
mutants *OPTIONS:
    cargo mutants --file 'src/domain{.rs,/**}' --file 'src/workflow/steps{.rs,/**}' --file 'src/workflow/commands{.rs,/**}' --file 'src/store{.rs,/**}' {{OPTIONS}} -- --lib --test stories

# Format, and complain about what the linter sees
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Everything that has to hold before a change is merged
ci:
    bash .ci/run
