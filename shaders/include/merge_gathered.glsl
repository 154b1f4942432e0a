// Merges what a workgroup and others have written of its `lanes` columns, if it is the last of them (arrival.glsl): the end of
// statistics_epilogue.glsl and gradient_epilogue.glsl, which define
//   Merged                                            what a partial result is
//   Merged merge_partials(part, count, at, lanes, quads)   merges `count` of them from `part` on; valid in strand 0
//   store_partial(part, column, quads, merged)
//   store_merged(column, quads, merged)               writes what all come to
// All invocations of a workgroup call it, after gather_write.
void merge_gathered(Columns at, uint lanes, uint quads) {
    const Arrivals a = arrivals_of(at, lanes);
    if (!arrives_last(a.counters + a.group, a.count)) return;
    const bool writes = at.live && at.strand == 0u;
    Merged all = merge_partials(a.first, a.count, at, lanes, quads);
    if (a.groups > 1u) {
        if (writes) store_partial(merge_parts + a.group, at.column, quads, all);
        if (!arrives_last(a.counters + a.groups, a.groups)) return;
        all = merge_partials(merge_parts, a.groups, at, lanes, quads);
    }
    if (writes) store_merged(at.column, quads, all);
}
