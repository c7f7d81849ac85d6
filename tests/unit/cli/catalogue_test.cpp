// The reader of catalogues, on good and on broken files, and the choice of the language.
#include "cli/catalogue.hpp"

#include <array>
#include <map>

#include "cli/translation.hpp"
#include "support/catch.hpp"

namespace {

using wayside::cli::Catalogue;

void put(std::string& out, std::size_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xffU);
}

// As msgfmt writes it, without a hash table.
std::string catalogue_of(const std::map<std::string, std::string>& messages) {
  std::string out;
  put(out, 0x950412de);
  put(out, 0);
  put(out, messages.size());
  put(out, 28);
  put(out, 28 + 8 * messages.size());
  put(out, 0);
  put(out, 0);
  std::size_t at = 28 + 16 * messages.size();
  std::string texts;
  std::string translations;
  for (const auto& [original, translation] : messages) {
    put(out, original.size());
    put(out, at + texts.size());
    texts += original + '\0';
  }
  for (const auto& [original, translation] : messages) {
    put(translations, translation.size());
    put(translations, at + texts.size());
    texts += translation + '\0';
  }
  return out + translations + texts;
}

const std::map<std::string, std::string> kMessages{{"", "Content-Type: text/plain; charset=UTF-8\n"},
                                                   {"{} of {} answer", "{1} 台中 {0} 台应答"},
                                                   {"broken {}", "坏了 {7}"},
                                                   {"no alarms\n", "没有告警\n"},
                                                   {"left", ""}};

std::map<std::string, std::string> environment;

const char* from_environment(const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : found->second.c_str();
}

bool chinese(std::map<std::string, std::string> given) {
  environment = std::move(given);
  return wayside::cli::wants_chinese(from_environment);
}

}  // namespace

TEST_CASE("a catalogue gives its translations and nothing else") {
  const auto catalogue = Catalogue::parse(catalogue_of(kMessages));
  REQUIRE(catalogue);
  CHECK(std::string(catalogue->find("no alarms\n")) == "没有告警\n");
  CHECK(std::string(catalogue->find("{} of {} answer")) == "{1} 台中 {0} 台应答");
  CHECK(catalogue->find("left") == nullptr);
  CHECK(catalogue->find("no alarms") == nullptr);
  CHECK(catalogue->find("zzz") == nullptr);
  CHECK(Catalogue::parse(catalogue_of({}))->find("x") == nullptr);
}

TEST_CASE("a catalogue that is cut off anywhere is none") {
  const auto whole = catalogue_of(kMessages);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    CHECK_FALSE(Catalogue::parse(whole.substr(0, length)));
  }
  CHECK_FALSE(Catalogue::read("/nowhere/wayside.mo"));
  CHECK_FALSE(Catalogue::read("/"));
}

TEST_CASE("a catalogue with any byte changed is none or is read without harm") {
  const auto whole = catalogue_of(kMessages);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      auto bytes = whole;
      bytes[at] = static_cast<char>(value);
      const auto catalogue = Catalogue::parse(bytes);
      if (!catalogue) continue;
      for (const auto& [original, translation] : kMessages) {
        const char* found = catalogue->find(original);
        CHECK((found == nullptr || std::string_view(found).size() < bytes.size()));
      }
    }
  }
}

TEST_CASE("a message is translated; one whose translation does not fit its arguments stays English") {
  using namespace wayside::cli;
  use_catalogue(Catalogue::parse(catalogue_of(kMessages)));
  CHECK(std::string(tr("no alarms\n")) == "没有告警\n");
  CHECK(std::string(tr("unknown to it")) == "unknown to it");
  CHECK(std::string(tr("")).empty());
  CHECK(tr_format("{} of {} answer", 3, 4) == "4 台中 3 台应答");
  CHECK(tr_format("broken {}", "pipe") == "broken pipe");
  use_english();
  CHECK(tr_format("{} of {} answer", 3, 4) == "3 of 4 answer");
}

TEST_CASE("the language is chosen as gettext does, whether the locale is generated or not") {
  CHECK(chinese({{"LANG", "zh_CN.UTF-8"}}));
  CHECK(chinese({{"LANG", "zh_CN"}}));
  CHECK(chinese({{"LANG", "zh.utf8"}}));
  CHECK(chinese({{"LANG", "en_US.UTF-8"}, {"LC_MESSAGES", "zh_CN.UTF-8"}}));
  CHECK(chinese({{"LANG", "en_US.UTF-8"}, {"LANGUAGE", "zh_CN:en"}}));
  CHECK(chinese({{"LANG", "C.UTF-8"}, {"LANGUAGE", "zh_CN"}}));
  CHECK(chinese({{"LANG", "zh_CN.UTF-8"}, {"LC_ALL", ""}}));
  CHECK_FALSE(chinese({}));
  CHECK_FALSE(chinese({{"LANG", "en_US.UTF-8"}}));
  CHECK_FALSE(chinese({{"LANG", "zh_CN.UTF-8"}, {"LC_ALL", "C"}}));
  CHECK_FALSE(chinese({{"LANG", "C"}, {"LANGUAGE", "zh_CN"}}));
  CHECK_FALSE(chinese({{"LANG", "zh_CN.UTF-8"}, {"LANGUAGE", "en:zh_CN"}}));
  CHECK_FALSE(chinese({{"LANG", "zh_CN.GB18030"}}));
  CHECK_FALSE(chinese({{"LANG", "zha_ZZ.UTF-8"}}));
}
