#include <base/error.h>
#include <cli/image_inputs.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/captured_log.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace vkm::apps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ImageInputsTest : public testing::Test {
  protected:
    ImageInputsTest() {
        for (const char* name : {"b.ppm", "a.ppm", "two words.ppm", "in/z.ppm", "in/10.ppm", "in/deep/c.ppm"})
            test::write_file(folder_ / name, test::ppm(2, 2, 1));
    }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    /// Returns the images of a list that lies in the folder, relative to it.
    std::vector<std::string> listed(const std::string& text) const {
        std::vector<std::string> images = listed_images(text, folder_.path().string(), "list");
        for (std::string& image : images)
            image = std::filesystem::path(image).lexically_relative(folder_.path()).string();
        return images;
    }

    std::vector<std::string> inputs(const std::vector<std::string>& arguments) const {
        std::vector<std::string> paths;
        for (const ImageInput& input : image_inputs(arguments))
            paths.push_back(
                input.problem.empty()
                    ? std::filesystem::path(input.path).lexically_relative(folder_.path()).string()
                    : "! " + input.problem);
        return paths;
    }

    const test::TemporaryFolder folder_;
};

TEST_F(ImageInputsTest, FilesFoldersAndListsKeepTheirOrder) {
    test::write_file(path("list.txt"), "b.ppm\nabsent.ppm\n");
    test::write_file(path("in/notes.md"), "text");
    test::write_file(path("in/scan.tiff"), "II*");
    test::CapturedLog log;
    EXPECT_THAT(
        inputs({path("b.ppm"), path("in"), path("list.txt"), "list:" + path("list.txt"), path("gone.jpg")}),
        ElementsAre("b.ppm", "in/10.ppm", "in/z.ppm", "in/deep/c.ppm", "in/scan.tiff", "b.ppm", "absent.ppm",
                    "b.ppm", "absent.ppm", "gone.jpg"));
    EXPECT_THAT(log.text(), HasSubstr("1 file is no image and was skipped: notes.md"));
}

TEST_F(ImageInputsTest, AFolderWithoutImagesAndATextThatIsAnImageAreWhatTheyAre) {
    std::filesystem::create_directory(path("empty"));
    test::write_file(path("picture.txt"), test::ppm(2, 2, 1));
    EXPECT_THAT(inputs({path("empty"), path("picture.txt")}),
                ElementsAre(HasSubstr("empty: the folder holds no images"), "picture.txt"));
}

TEST_F(ImageInputsTest, ListsHaveAPathALineOrInAColumn) {
    for (const char* text :
         {"a.ppm\nin/z.ppm\n",
          "\xEF\xBB\xBF"
          "a.ppm\r\n\r\n  in/z.ppm  ",
          "path\na.ppm\nin/z.ppm\n", "a.ppm,3\nin/z.ppm,4\n", "path,label\na.ppm,3\nin/z.ppm,4\n",
          "3,a.ppm\n4,in/z.ppm\n", "label;image\ncat;a.ppm\ndog;in/z.ppm\n", "a.ppm 3\nin/z.ppm 4\n",
          "\"a.ppm\",3\n\"in/z.ppm\",4\n", "id\twhere\n1\ta.ppm\n2\tin/z.ppm\n"})
        EXPECT_THAT(listed(text), ElementsAre("a.ppm", "in/z.ppm")) << text;
    EXPECT_THAT(listed("two words.ppm\na.ppm\n"), ElementsAre("two words.ppm", "a.ppm"));
    EXPECT_THAT(listed("gone.jpg\nalso gone.jpg\n"), ElementsAre("gone.jpg", "also gone.jpg"));
    EXPECT_THAT(listed("path,label\ngone.jpg,1\n"), ElementsAre("gone.jpg"));
}

TEST_F(ImageInputsTest, ListsThatAreNoneAreRefused) {
    for (const auto& [text, problem] : {std::pair<std::string, std::string>{"", "lists no images"},
                                        {"\n \n", "lists no images"},
                                        {"path\n", "lists no images"},
                                        {std::string("a\0b", 3), "zero bytes"},
                                        {"PK\x03\x04", "a spreadsheet or another zip file"}})
        EXPECT_THAT(test::message_of<Error>([&] { listed(text); }), HasSubstr(problem)) << text;
    EXPECT_THAT(test::message_of<Error>([&] { inputs({"list:" + path("absent.txt")}); }),
                HasSubstr("absent.txt: the list cannot be read"));
}

}  // namespace
}  // namespace vkm::apps
