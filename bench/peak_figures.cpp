#include <bench/peak_figures.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using Value = std::optional<double>;

struct Text {
    const char *measures, *matters;
};

PeakFigure figure(std::string name, std::string unit, double Peaks::*rate, std::string member,
                  std::string vendor, const Text& text) {
    return {std::move(name),
            std::move(unit),
            std::move(member),
            std::move(vendor),
            [rate](const Peaks& p) { return p.*rate > 0 ? Value(p.*rate) : Value(); },
            {},
            text.measures,
            text.matters};
}

// What bounds a kind of matrices is told once, but for the first: that one is a roof.
PeakFigure matrix_figure(const MatrixKind& kind, std::string vendor) {
    return {
        matrix_name(kind),
        kind.whole_numbers ? "Gop/s" : "GFLOP/s",
        "",
        std::move(vendor),
        [name = kind.name](const Peaks& p) {
            const MatrixRate* best = best_rate(p.matrices, name);
            return best ? best->gops : Value();
        },
        [name = kind.name](const Peaks& p) {
            const MatrixRate* best = best_rate(p.matrices, name);
            return best ? best->shape : "";
        },
        fmt::format(
            "products of matrices in registers, {}, each checked against whole numbers; the fastest of the "
            "shapes that the driver lists",
            kind.label),
        "tells what networks of such numbers could gain"};
}

std::string vendor_of(const MatrixKind& kind) {
    return fmt::format("matrix_{}_{}", kind.name, kind.whole_numbers ? "gops" : "gflops");
}

PeakFigure cached_read_figure(uint64_t bytes) {
    return {cached_read_name(bytes),
            "GB/s",
            "",
            "",
            [bytes](const Peaks& p) {
                const auto read = std::ranges::find(p.cached_reads, bytes, &CachedRead::bytes);
                return read == p.cached_reads.end() ? Value() : Value(read->gbps);
            },
            {},
            fmt::format("bytes read a second where the whole device reads the same {} over and over",
                        size_text(bytes)),
            "the steps of the curve are the device's caches: a tile that stays in one is read at its rate"};
}

std::vector<PeakFigure> all_figures() {
    std::vector<PeakFigure> list{
        figure("copy", "GB/s", &Peaks::copy_gbps, "copy_gbps", "memory_gbps",
               {"bytes read and bytes written a second by a kernel that copies more than any cache holds",
                "most kernels of a MobileNet wait for memory: this bounds them"}),
        figure("read", "GB/s", &Peaks::read_gbps, "read_gbps", "memory_gbps",
               {"bytes read a second by a kernel that adds up what it reads",
                "convolutions and statistics read more than they write"}),
        figure("write", "GB/s", &Peaks::write_gbps, "write_gbps", "memory_gbps",
               {"bytes written a second by a kernel that only stores",
                "the stem and gradients write more than they read"}),
        figure(
            "misaligned_read", "GB/s", &Peaks::misaligned_read_gbps, "misaligned_read_gbps", "",
            {"bytes read a second where each invocation reads 16 fp32 numbers of its own, one after the other, "
             "and neighbours are 64 bytes apart",
             "beside 'read', in which neighbours read neighbours, it tells what a careless layout costs"}),
        figure(
            "misaligned_write", "GB/s", &Peaks::misaligned_write_gbps, "misaligned_write_gbps", "",
            {"bytes written a second where each invocation writes 16 fp32 numbers of its own, one after the "
             "other, and neighbours are 64 bytes apart",
             "the same beside 'write'"}),
        figure(
            "upload", "GB/s", &Peaks::upload_gbps, "upload_gbps", "",
            {"bytes copied a second from the process's memory to the device's, and compared when they are back",
             "every batch of pictures goes this way"}),
        figure("download", "GB/s", &Peaks::download_gbps, "download_gbps", "",
               {"bytes copied a second from the device's memory to the process's",
                "checkpoints and validation read the weights back"}),
        figure(
            "upload_mapped", "GB/s", &Peaks::upload_mapped_gbps, "upload_mapped_gbps", "",
            {"bytes that the processor writes a second into memory that is mapped for the device (pinned)",
             "the processor's half of an upload; where the mapped memory is the device's own, the bus is in it"}),
        figure("upload_copy", "GB/s", &Peaks::upload_copy_gbps, "upload_copy_gbps", "",
               {"bytes that the device copies a second from such memory to where kernels keep tensors",
                "the device's half of an upload: the bus, unless the mapped memory is the device's own"}),
        figure(
            "download_copy", "GB/s", &Peaks::download_copy_gbps, "download_copy_gbps", "",
            {"bytes that the device copies a second from where kernels keep tensors to mapped memory of the host",
             "the device's half of a download: the bus"}),
        figure("download_mapped", "GB/s", &Peaks::download_mapped_gbps, "download_mapped_gbps", "",
               {"bytes that the processor reads a second from mapped memory that the device wrote",
                "the processor's half of a download"}),
        figure(
            "shared", "GB/s", &Peaks::shared_gbps, "shared_gbps", "",
            {"bytes read a second from the workgroups' shared memory, all workgroups together, without conflicts "
             "of banks",
             "bounds matrix products that share their tiles there"}),
        figure("fp32", "GFLOP/s", &Peaks::fp32_gflops, "fp32_gflops", "fp32_gflops",
               {"fp32 multiply-adds in registers, two operations each",
                "bounds 1x1 convolutions in training without mixed precision"}),
        {"fp16",
         "GFLOP/s",
         "fp16_gflops",
         "fp16_gflops",
         [](const Peaks& p) { return p.fp16_gflops; },
         {},
         "packed fp16 multiply-adds in registers, two operations each",
         "bounds arithmetic in half precision outside matrix units"},
        figure("int32", "Gop/s", &Peaks::int32_gops, "int32_gops", "int32_gops",
               {"multiplications and additions of 32-bit integers in registers",
                "augmentation works on integers, and so does every address"}),
        figure(
            "int8_dot", "Gop/s", &Peaks::int8_dot_gops, "int8_dot_gops", "",
            {"dot products of four signed bytes with four, added up in 32 bits, eight operations each; only where "
             "the device has an instruction for it",
             "what networks of bytes would run on where there are no matrix units"}),
        {"matrix", "GFLOP/s", "matrix_gflops", "matrix_gflops",
         [](const Peaks& p) { return p.matrix.gflops; }, [](const Peaks& p) { return p.matrix.shape; },
         "products of fp16 matrices in registers with fp32 sums, each checked against whole numbers",
         "bounds 1x1 convolutions where the kernels use matrix units"}};
    for (const MatrixKind& kind : matrix_kinds().subspan(1))
        list.push_back(matrix_figure(kind, vendor_of(kind)));
    list.push_back(figure("launch", "us", &Peaks::launch_us, "launch_us", "",
                          {"one of 500 dispatches that do not wait for each other",
                           "a training step of V3-Large has hundreds: a small batch is bound by it"}));
    // Where each waits, that may cost nothing.
    list.push_back({"barrier",
                    "us",
                    "barrier_us",
                    "",
                    [](const Peaks& p) { return p.launch_us > 0 ? Value(p.barrier_us) : Value(); },
                    {},
                    "what is added where each of 500 dispatches waits for the one before",
                    "layers depend on each other, so nearly every dispatch pays it"});
    list.push_back(figure("submit", "us", &Peaks::submit_us, "submit_us", "",
                          {"one empty dispatch from submission until the host knows that it is done",
                           "the least time of an answer to a single image"}));
    for (const uint64_t bytes : cached_read_bytes)
        list.push_back(cached_read_figure(bytes));
    return list;
}

}  // namespace

const std::vector<PeakFigure>& peak_figures() {
    static const std::vector<PeakFigure> figures = all_figures();
    return figures;
}

const PeakFigure* find_peak_figure(std::string_view row) {
    constexpr std::string_view prefix = "peaks/";
    if (!row.starts_with(prefix)) return nullptr;
    const auto found = std::ranges::find(peak_figures(), row.substr(prefix.size()), &PeakFigure::name);
    return found == peak_figures().end() ? nullptr : &*found;
}

}  // namespace vkm::bench
