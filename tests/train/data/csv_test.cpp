#include <base/random.h>
#include <train/data/csv.h>

#include <base/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"

namespace vkm::train {
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
    EXPECT_EQ(message("a\n\"b\"c\n"), "t.csv:2: a comma or the end of the line must follow the field");
}

TEST(CsvTest, AnyBytesGiveRowsOrAnError) {
    Random random(RandomStream::synthetic, {3});
    constexpr std::string_view alphabet("\",\r\n\0a\xEF", 7);
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
}  // namespace vkm::train
