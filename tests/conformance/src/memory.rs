//! How much memory this process holds, plugins included: they share its allocator.

/// Fields of glibc's `mallinfo2`, in its order.
#[repr(C)]
struct Mallinfo2 {
    arena: usize,
    ordblks: usize,
    smblks: usize,
    hblks: usize,
    hblkhd: usize,
    usmblks: usize,
    fsmblks: usize,
    uordblks: usize,
    fordblks: usize,
    keepcost: usize,
}

unsafe extern "C" {
    /// glibc 2.33 and later.
    fn mallinfo2() -> Mallinfo2;
}

/// Bytes in use on the heap, large pieces included.
pub fn in_use_bytes() -> i64 {
    // SAFETY: the function takes nothing and returns a struct by value; its fields are glibc's.
    let info = unsafe { mallinfo2() };
    i64::try_from(info.uordblks + info.hblkhd).unwrap_or(i64::MAX)
}

/// Threads of this process.
pub fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, |tasks| tasks.count())
}

/// Open descriptors of this process.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count())
}
