#include "cli/translation.hpp"

#include <array>
#include <filesystem>

namespace wayside::cli {
namespace {

std::optional<Catalogue>& catalogue() {
  static std::optional<Catalogue> chosen;
  return chosen;
}

// Said by the daemon, by `check` and by CLI11 as words; programs read them in JSON as they are.
[[maybe_unused]] constexpr std::array kWords = {
    tr_mark("good"),
    tr_mark("uncertain"),
    tr_mark("bad"),
    tr_mark("uncertain (last usable value)"),
    tr_mark("uncertain (no value yet)"),
    tr_mark("uncertain (not accurate)"),
    tr_mark("uncertain (out of range)"),
    tr_mark("uncertain (sub-normal)"),
    tr_mark("bad (communication error)"),
    tr_mark("bad (no communication)"),
    tr_mark("bad (impossible time)"),
    tr_mark("bad (configuration error)"),
    tr_mark("bad (not connected)"),
    tr_mark("bad (device failure)"),
    tr_mark("bad (sensor failure)"),
    tr_mark("bad (out of service)"),
    tr_mark("good (unknown sub-status)"),
    tr_mark("bad (unknown sub-status)"),
    tr_mark("uncertain (unknown)"),
    tr_mark("normal"),
    tr_mark("pending"),
    tr_mark("unknown"),
    tr_mark("goes on"),
    tr_mark("added"),
    tr_mark("opened anew"),
    tr_mark("raised"),
    tr_mark("acknowledged"),
    tr_mark("returned"),
    tr_mark("shelved"),
    tr_mark("suppressed"),
    tr_mark("out of service"),
    tr_mark("latched"),
    tr_mark("condition"),
    tr_mark("cleared"),
    tr_mark("removed"),
    tr_mark("reset"),
    tr_mark("unshelved"),
    tr_mark("shelf_expired"),
    tr_mark("unsuppressed"),
    tr_mark("out_of_service"),
    tr_mark("in_service"),
    tr_mark("re_alarm"),
    tr_mark("escalated"),
    tr_mark("stale"),
    tr_mark("low"),
    tr_mark("medium"),
    tr_mark("high"),
    tr_mark("critical"),
    tr_mark("public"),
    tr_mark("internal"),
    tr_mark("sensitive"),
    tr_mark("check acknowledged"),
    tr_mark("ok"),
    tr_mark("warning"),
    tr_mark("fault"),
    tr_mark("skipped"),
    tr_mark("bus use"),
    tr_mark("device"),
    tr_mark("clock"),
    tr_mark("loss"),
    tr_mark("store"),
    tr_mark("writes"),
    tr_mark("link"),
    tr_mark("orders"),
    tr_mark("addresses"),
    tr_mark("line"),
    tr_mark("devices"),
    tr_mark("config"),
    tr_mark("disk"),
    tr_mark("wear"),
    tr_mark("adapter"),
    tr_mark("name"),
    tr_mark("broker"),
    tr_mark("certificate"),
    tr_mark("daemon"),
    tr_mark("done"),
    tr_mark("refused"),
    tr_mark("not_fulfilled"),
    tr_mark("expired"),
    tr_mark("interrupted"),
    tr_mark("polling"),
    tr_mark("uplink"),
    tr_mark("trouble"),
    tr_mark("failed"),
    tr_mark("RequiredError"),
    tr_mark("ExtrasError"),
    tr_mark("ArgumentMismatch"),
    tr_mark("ConversionError"),
    tr_mark("ValidationError"),
    tr_mark("ExcludesError"),
    tr_mark("RequiresError"),
    tr_mark("OptionNotFound"),
    tr_mark("InvalidError"),
};

// "zh_CN.UTF-8", "zh"; not one that cannot hold what the catalogue has.
bool is_chinese(std::string_view locale) {
  if (!locale.starts_with("zh") || (locale.size() > 2 && locale[2] != '_' && locale[2] != '.')) return false;
  const auto dot = locale.find('.');
  if (dot == std::string_view::npos) return true;
  const auto codeset = locale.substr(dot + 1, locale.find('@') - dot - 1);
  return codeset == "UTF-8" || codeset == "utf-8" || codeset == "utf8" || codeset == "UTF8";
}

}  // namespace

bool wants_chinese(Environment environment) {
  std::string_view locale;
  for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = environment(name);
    if (value == nullptr || *value == '\0') continue;
    locale = value;
    break;
  }
  if (locale.empty() || locale == "C" || locale == "POSIX") return false;
  const char* languages = environment("LANGUAGE");
  std::string_view left = languages != nullptr ? languages : "";
  while (!left.empty()) {
    const auto one = left.substr(0, left.find(':'));
    if (is_chinese(one)) return true;
    if (one.starts_with("en")) return false;
    left.remove_prefix(std::min(left.size(), one.size() + 1));
  }
  return is_chinese(locale);
}

void choose_language(Environment environment) {
  if (!wants_chinese(environment)) return;
  // Beside the program: <prefix>/bin and <prefix>/share, installed or in a build tree.
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return;
  const auto prefix = program.parent_path().parent_path();
  use_catalogue(Catalogue::read((prefix / "share/locale/zh_CN/LC_MESSAGES/wayside.mo").string()));
}

void use_catalogue(std::optional<Catalogue> chosen) { catalogue() = std::move(chosen); }

void use_english() { catalogue().reset(); }

const char* tr(const char* message) {
  // The empty message is the catalogue's header.
  const char* found = catalogue() && *message != '\0' ? catalogue()->find(message) : nullptr;
  return found != nullptr ? found : message;
}

std::string tr_word(const std::string& word) { return tr(word.c_str()); }

std::string format_translated(fmt::string_view message, fmt::format_args args) {
  const std::string english(message.data(), message.size());
  const char* translated = tr(english.c_str());
  try {
    return fmt::vformat(translated, args);
  } catch (const fmt::format_error&) {
    return fmt::vformat(message, args);
  }
}

}  // namespace wayside::cli
