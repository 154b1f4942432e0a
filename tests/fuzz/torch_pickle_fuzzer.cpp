// The input is data.pkl; intact storages and zip archive are put around it.

#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/torch/reader.h>
#include <support/torch_file.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string file = vkm::test::torch_file(std::string(reinterpret_cast<const char*>(data), size),
                                                   {std::string(96, '\x3f'), std::string(8, '\1')});
    return vkm::test::read_for_fuzzing({reinterpret_cast<const uint8_t*>(file.data()), file.size()},
                                       vkm::graph::open_torch);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    using namespace pickle;
    const std::string floats = storage("FloatStorage", "0", 24), count = storage("LongStorage", "1", 1);
    const std::string view = tensor(floats, 2, {2, 3}, {1, 4});
    const std::string parameter =
        call(global("torch._utils", "_rebuild_parameter"), tuple({view, "\x88", ordered_dict({})}));
    const std::string module = global("m", "M") + ")\x81" +
                               dict({{"_parameters", dict({{"w", parameter}, {"none", "N"}})},
                                     {"_buffers", dict({{"n", tensor(count, 0, {}, {})}})},
                                     {"_modules", "}"}}) +
                               "bq\x05";
    return {
        document(dict(
            {{"model", module},
             {"outer",
              global("m", "M") + ")\x81" +
                  dict({{"_parameters", "}"}, {"_modules", dict({{"a", "h\x05"}, {"b", "h\x05"}})}}) + "b"},
             {"args", "(" + text("x") + "ia\nb\n"},
             {"set", "\x8f(K\x01\x90"},
             {"python 2",
              call(global("collections", "OrderedDict"), tuple({"](](" + text("w") + view + "ee"}))}})),
        document(ordered_dict({{"a.weight", tensor(floats, 0, {2, 3, 4}, {12, 4, 1})},
                               {"a.num_batches_tracked", tensor(count, 0, {}, {})}}) +
                 dict({{"_metadata", ordered_dict({})}}) + "b"),
        document(dict(
            {{"epoch", "K\x07"},
             {"lr", "G\x3f\xe0" + std::string(6, '\0')},
             {"state_dict", ordered_dict({{"module.w", parameter}, {"empty", tensor(floats, 0, {0}, {1})}})},
             {"rest",
              "](Nq\x01h\x01"
              "2\x88\x89r\x02\x01\x00\x00"
              "eNa"s}})),
        "\x80\x04\x95" + raw<uint64_t>(20) +
            "}\x94\x8c\x01w\x94\x8c\x0b"
            "collections\x94\x8c\x0bOrderedDict\x94\x93"
            ")Rs\x8c\x01v" +
            view + "s."};
}
