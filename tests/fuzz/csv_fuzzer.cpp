#include <fuzz/fuzz_target.h>
#include <train/data/list_columns.h>
#include <train/data/list_labels.h>

#include <cstdlib>

/// Checks that a list of any bytes gives labels below the number of classes, or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vkm;
    using namespace vkm::train;
    const std::string name = "list.csv";
    const PathFit fit = [](const std::string& text) {
        return text.ends_with(".png") ? 2 : text.starts_with("img") ? 1 : 0;
    };
    try {
        std::vector<vkm::CsvRow> rows =
            vkm::parse_csv(std::string_view(reinterpret_cast<const char*>(data), size), name);
        for (const vkm::CsvRow& row : rows)
            if (row.fields.empty() || row.line == 0) std::abort();
        const ListColumns columns = find_columns(rows, fit, name);
        if (rows.empty()) return -1;
        const ListLabels read = read_labels(rows, columns, 0, name);
        if (read.labels.size() != rows.size()) std::abort();
        if (!read.names.empty() && read.names.size() != static_cast<size_t>(read.num_classes)) std::abort();
        for (const int label : read.labels)
            if (label < 0 || label >= read.num_classes) std::abort();
    } catch (const vkm::Error&) {
        return -1;
    }
    return 0;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return {"path,label\na.png,0\nb.png,1\n",
            "\xEF\xBB\xBF,path,label\r\n0,a.png,0\r\n1,b.png,1\r\n",
            "path,label\ra.png,0\rb.png,1\r",
            "sep=;\nclass;filename\ncat;\"a;b\"\"c.png\"\ndog;d.png\n",
            "image_id\tlabel_name\tlabel\nimg1\tcat\t0\nimg2\tdog\t1.0\n",
            "a.png|2.0|\n\n\"b\n.png\"|0|\n",
            "a b.png 1\nc.png 0\n",
            "path,label,split\na.png,x,train\nb.png,y,val\nc.png,x,test\n",
            "image,a,b\nx.png,0,1\ny.png,1.0,0.0\n",
            "\"label\" \"path\"\n\"1\" \"x\" \n"};
}
