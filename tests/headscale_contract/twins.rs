use crate::subject::Program;
pub(crate) async fn compare(_program: &Program) {}
