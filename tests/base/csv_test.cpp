#include <base/csv.h>
#include <base/error.h>
#include <base/random.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"

namespace vkm {
namespace {

using Fields = std::vector<std::vector<std::string>>;

Fields fields(std::string_view text) {
    Fields result;
    for (const CsvRow& row : parse_csv(text, "t.csv"))
        result.push_back(row.fields);
    return result;
}

TEST(CsvTest, SplitsRowsAndFields) {
    const Fields expected{{"a", "b"}, {"c", "", "d"}};
    EXPECT_EQ(fields("a,b\nc,,d\n"), expected);
    EXPECT_EQ(fields("a,b\r\nc,,d"), expected) << "CRLF, and no line break at the end";
    EXPECT_EQ(fields("\xEF\xBB\xBF"
                     "a,b\n\n\r\nc,,d\n"),
              expected)
        << "byte-order mark and empty lines";
    EXPECT_EQ(fields(""), Fields{});
}

TEST(CsvTest, QuotedFieldsHoldSeparatorsAndQuotes) {
    EXPECT_EQ(fields("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\"\n"),
              (Fields{{"a,b", "say \"hi\"", "two\nlines", ""}}));
}

TEST(CsvTest, LinesEndInAnyWay) {
    const Fields expected{{"a", "b"}, {"c", "d"}};
    for (const std::string_view end : {"\n", "\r\n", "\r"}) {
        const std::string text = std::string("a,b").append(end).append(end).append("c,d").append(end);
        EXPECT_EQ(fields(text), expected);
        EXPECT_EQ(parse_csv(text, "t.csv")[1].line, 3u);
    }
}

TEST(CsvTest, FindsTheDelimiter) {
    for (const char delimiter : {',', ';', '\t', '|'}) {
        const std::string d(1, delimiter);
        EXPECT_EQ(fields("path" + d + "label\na b.png" + d + "0\n"),
                  (Fields{{"path", "label"}, {"a b.png", "0"}}));
    }
    EXPECT_EQ(fields("path;label\na, b.png;0\nc, d, e.png;1\n"),
              (Fields{{"path", "label"}, {"a, b.png", "0"}, {"c, d, e.png", "1"}}));
    EXPECT_EQ(fields("path,label\na;b.png,0\nc.png,1\n"),
              (Fields{{"path", "label"}, {"a;b.png", "0"}, {"c.png", "1"}}));
    EXPECT_EQ(fields("\"a,b\";0\n\"c,d\";1\n"), (Fields{{"a,b", "0"}, {"c,d", "1"}}));
}

TEST(CsvTest, TakesTheDelimiterThatExcelStates) {
    EXPECT_EQ(fields("sep=;\r\na,b;0\r\n"), (Fields{{"a,b", "0"}}));
    EXPECT_EQ(parse_csv("sep=,\na,0\n", "t.csv")[0].line, 2u);
}

TEST(CsvTest, TheLastBlanksDivideLinesWithoutADelimiter) {
    EXPECT_EQ(fields("a b.png 0\n  c.png   1  \n\"d e.png\" 2\n"),
              (Fields{{"a b.png", "0"}, {"c.png", "1"}, {"d e.png", "2"}}));
    EXPECT_EQ(fields("one\ntwo\n"), (Fields{{"one"}, {"two"}}));
}

TEST(CsvTest, BlanksMayStandAroundQuotes) {
    EXPECT_EQ(fields("\"a\" , \"b,c\"\n\"d\",\t\"e\"\t\n"), (Fields{{"a", "b,c"}, {"d", "e"}}));
}

TEST(CsvTest, PassesOverRowsOfEmptyFields) {
    EXPECT_EQ(fields("a,b\n,\n , \n\"\",\nc,d\n"), (Fields{{"a", "b"}, {"c", "d"}}));
}

TEST(CsvTest, ReadsExcelsUnicodeText) {
    using namespace std::string_view_literals;
    const Fields expected{{"\xC3\xA9.png", "0"}};
    EXPECT_EQ(fields("\xFF\xFE\xE9\0.\0p\0n\0g\0\t\0"
                     "0\0\r\0\n\0"sv),
              expected);
    EXPECT_EQ(fields("\xFE\xFF\0\xE9\0.\0p\0n\0g\0\t\0"
                     "0\0\n"sv),
              expected);
}

TEST(CsvTest, SaysWhatAFileIsThatIsNoText) {
    using namespace std::string_view_literals;
    const auto message = [](std::string_view bytes) {
        return test::message_of<Error>([&] { parse_csv(bytes, "t.csv"); });
    };
    EXPECT_THAT(message("\xFF\xFEpq\0"sv), testing::HasSubstr("t.csv is neither UTF-8 nor UTF-16"));
    EXPECT_THAT(message("p\0a\0t\0h\0"sv), testing::StartsWith("t.csv: holds zero bytes"));
    EXPECT_THAT(message("PK\x03\x04 xlsx"sv), testing::StartsWith("t.csv: is a spreadsheet"));
    EXPECT_THAT(message("\x1F\x8B\x08"sv), testing::StartsWith("t.csv: is compressed with gzip"));
    EXPECT_THAT(message("version https://git-lfs.github.com/spec/v1\n"sv),
                testing::StartsWith("t.csv: is a Git LFS pointer"));
}

TEST(CsvTest, RowsKnowTheirLine) {
    const std::vector<CsvRow> rows = parse_csv("a\n\n\"b\nb\"\nc\n", "t.csv");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].line, 1u);
    EXPECT_EQ(rows[1].line, 3u);
    EXPECT_EQ(rows[2].line, 5u);
}

TEST(CsvTest, NamesTheLineOfAQuoteOutOfPlace) {
    const auto message = [](const char* text) {
        return test::message_of<Error>([&] { parse_csv(text, "t.csv"); });
    };
    EXPECT_EQ(message("a\nb,\"open\nc\n"), "t.csv:2: a quote is opened and not closed");
    EXPECT_EQ(message("a,1\n\"b\"c,2\n"), "t.csv:2: a comma or the end of the line must follow the field");
}

TEST(CsvTest, AnyBytesGiveRowsOrAnError) {
    Random random(RandomStream::synthetic, {3});
    constexpr std::string_view alphabet("\",;|\t \r\n\0a\xEF", 11);
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (uint32_t i = random.below(20); i > 0; --i)
            text += alphabet[random.below(alphabet.size())];
        try {
            for (const CsvRow& row : parse_csv(text, "t.csv"))
                ASSERT_FALSE(row.fields.empty());
        } catch (const Error& error) {
            ASSERT_THAT(error.what(), testing::StartsWith("t.csv:"));
        }
    }
}

}  // namespace
}  // namespace vkm
