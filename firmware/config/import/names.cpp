#include "config/import/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wayside::config {
namespace {

constexpr std::size_t kLongestMetric = 64;
constexpr std::size_t kLongestId = 32;

using Pair = std::pair<std::string_view, std::string_view>;

// Letters of the languages that data sheets come in, and signs that carry meaning.
constexpr std::array kLetters{
    Pair{"ä", "ae"},  Pair{"ö", "oe"},  Pair{"ü", "ue"},    Pair{"Ä", "ae"},      Pair{"Ö", "oe"},  Pair{"Ü", "ue"},
    Pair{"ß", "ss"},  Pair{"æ", "ae"},  Pair{"ø", "oe"},    Pair{"å", "aa"},      Pair{"é", "e"},   Pair{"è", "e"},
    Pair{"ê", "e"},   Pair{"ë", "e"},   Pair{"É", "e"},     Pair{"È", "e"},       Pair{"à", "a"},   Pair{"â", "a"},
    Pair{"á", "a"},   Pair{"ã", "a"},   Pair{"À", "a"},     Pair{"Á", "a"},       Pair{"ç", "c"},   Pair{"Ç", "c"},
    Pair{"î", "i"},   Pair{"ï", "i"},   Pair{"í", "i"},     Pair{"ì", "i"},       Pair{"ô", "o"},   Pair{"ó", "o"},
    Pair{"ò", "o"},   Pair{"õ", "o"},   Pair{"û", "u"},     Pair{"ù", "u"},       Pair{"ú", "u"},   Pair{"ñ", "n"},
    Pair{"č", "c"},   Pair{"ć", "c"},   Pair{"š", "s"},     Pair{"ś", "s"},       Pair{"ž", "z"},   Pair{"ź", "z"},
    Pair{"ż", "z"},   Pair{"ř", "r"},   Pair{"ě", "e"},     Pair{"ę", "e"},       Pair{"ą", "a"},   Pair{"ł", "l"},
    Pair{"ń", "n"},   Pair{"ý", "y"},   Pair{"ů", "u"},     Pair{"ő", "o"},       Pair{"ű", "u"},   Pair{"²", "2"},
    Pair{"³", "3"},   Pair{"°", "deg"}, Pair{"℃", "degC"},  Pair{"µ", "u"},       Pair{"μ", "u"},   Pair{"Ω", "ohm"},
    Pair{"Ω", "ohm"}, Pair{"φ", "phi"}, Pair{"Δ", "delta"}, Pair{"%", "percent"}, Pair{"&", "and"}, Pair{"+", "plus"},
};

constexpr std::array kUnits{
    Pair{"°c", "Cel"},
    Pair{"c", "Cel"},
    Pair{"degc", "Cel"},
    Pair{"deg c", "Cel"},
    Pair{"℃", "Cel"},
    Pair{"cel", "Cel"},
    Pair{"celsius", "Cel"},
    Pair{"degrees celsius", "Cel"},
    Pair{"degree celsius", "Cel"},
    Pair{"º c", "Cel"},
    Pair{"° c", "Cel"},
    Pair{"ºc", "Cel"},
    Pair{"°f", "[degF]"},
    Pair{"degf", "[degF]"},
    Pair{"k", "K"},
    Pair{"%", "%"},
    Pair{"pct", "%"},
    Pair{"percent", "%"},
    Pair{"%rh", "%"},
    Pair{"% rh", "%"},
    Pair{"v", "V"},
    Pair{"volt", "V"},
    Pair{"volts", "V"},
    Pair{"mv", "mV"},
    Pair{"kv", "kV"},
    Pair{"a", "A"},
    Pair{"amp", "A"},
    Pair{"amps", "A"},
    Pair{"ampere", "A"},
    Pair{"ma", "mA"},
    Pair{"ua", "uA"},
    Pair{"µa", "uA"},
    Pair{"w", "W"},
    Pair{"watt", "W"},
    Pair{"watts", "W"},
    Pair{"kw", "kW"},
    Pair{"va", "VA"},
    Pair{"kva", "kVA"},
    Pair{"var", "var"},
    Pair{"kvar", "kvar"},
    Pair{"wh", "Wh"},
    Pair{"kwh", "kWh"},
    Pair{"vah", "VAh"},
    Pair{"kvah", "kVAh"},
    Pair{"varh", "varh"},
    Pair{"kvarh", "kvarh"},
    Pair{"hz", "Hz"},
    Pair{"s", "s"},
    Pair{"sec", "s"},
    Pair{"secs", "s"},
    Pair{"seconds", "s"},
    Pair{"ms", "ms"},
    Pair{"min", "min"},
    Pair{"h", "h"},
    Pair{"hours", "h"},
    Pair{"hr", "h"},
    Pair{"hrs", "h"},
    Pair{"days", "d"},
    Pair{"m", "m"},
    Pair{"mm", "mm"},
    Pair{"cm", "cm"},
    Pair{"km", "km"},
    Pair{"m/s", "m/s"},
    Pair{"km/h", "km/h"},
    Pair{"m3", "m3"},
    Pair{"m³", "m3"},
    Pair{"m3/h", "m3/h"},
    Pair{"m³/h", "m3/h"},
    Pair{"l", "L"},
    Pair{"l/s", "L/s"},
    Pair{"l/min", "L/min"},
    Pair{"l/h", "L/h"},
    Pair{"pa", "Pa"},
    Pair{"hpa", "hPa"},
    Pair{"kpa", "kPa"},
    Pair{"bar", "bar"},
    Pair{"mbar", "mbar"},
    Pair{"ohm", "Ohm"},
    Pair{"ohms", "Ohm"},
    Pair{"Ω", "Ohm"},
    Pair{"Ω", "Ohm"},
    Pair{"kohm", "kOhm"},
    Pair{"lux", "lx"},
    Pair{"lx", "lx"},
    Pair{"w/m2", "W/m2"},
    Pair{"w/m²", "W/m2"},
    Pair{"deg", "deg"},
    Pair{"°", "deg"},
    Pair{"degrees", "deg"},
    Pair{"rpm", "/min"},
    Pair{"ppm", "[ppm]"},
    Pair{"µg/m3", "ug/m3"},
    Pair{"ug/m3", "ug/m3"},
    Pair{"µg/m³", "ug/m3"},
    Pair{"db", "dB"},
    Pair{"dba", "dB[A]"},
    Pair{"db(a)", "dB[A]"},
    Pair{"1", "1"},
    Pair{"ah", "A.h"},
    Pair{"cos()", "1"},
    Pair{"pf", "1"},
};

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// ASCII letters, digits and '_' for all the rest.
std::string to_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto at = std::ranges::find_if(kLetters, [text](const Pair& p) { return text.starts_with(p.first); });
    if (at != kLetters.end()) {
      // A sign is a word of its own.
      const bool word = at->second.size() > 2;
      out += word ? "_" + std::string(at->second) + "_" : std::string(at->second);
      text.remove_prefix(at->first.size());
      continue;
    }
    const char c = text.front();
    out += is_lower(c) || is_upper(c) || is_digit(c) ? c : '_';
    text.remove_prefix(1);
  }
  return out;
}

// Whether a new word begins at `i`: "roomTemperature", "HTTPServer"; but "kWh" and "mA" are one.
bool begins_word(std::string_view text, std::size_t i) {
  if (i == 0 || !is_upper(text[i])) return false;
  const char before = text[i - 1];
  if (is_digit(before)) return i + 1 < text.size() && is_lower(text[i + 1]);
  if (is_lower(before)) return i >= 2 && (is_lower(text[i - 2]) || is_upper(text[i - 2]) || is_digit(text[i - 2]));
  return is_upper(before) && i + 1 < text.size() && is_lower(text[i + 1]) && i >= 2;
}

std::string joined(std::string_view words, char between, std::size_t longest) {
  std::string out;
  for (const char c : words) {
    if (c != '_') {
      out += c;
    } else if (!out.empty() && out.back() != between) {
      out += between;
    }
  }
  if (out.size() > longest) out.resize(longest);
  while (!out.empty() && out.back() == between) out.pop_back();
  return out;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string metric_name_of(std::string_view text) {
  const auto ascii = to_ascii(one_line(text));
  std::string words;
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    if (begins_word(ascii, i)) words += '_';
    words += ascii[i];
  }
  auto out = joined(lower(words), '_', kLongestMetric);
  // Words of YAML and of the rules' language would not be read as a name.
  constexpr std::array<std::string_view, 7> kWords{"null", "true", "false", "and", "or", "not", "by"};
  const bool taken = std::ranges::find(kWords, std::string_view(out)) != kWords.end();
  if (taken || (!out.empty() && is_digit(out.front()))) out = "p_" + out;
  return out;
}

std::string profile_id_of(std::string_view text) { return joined(lower(to_ascii(one_line(text))), '-', kLongestId); }

UnitName unit_of(std::string_view text) {
  const auto clean = one_line(text, 40);
  const auto word = lower(clean);
  // Siemens, henry and mega are not second, hour and metre.
  if (clean == "S" || clean == "H" || clean == "M") return {clean, false};
  const auto at = std::ranges::find(kUnits, std::string_view(word), &Pair::first);
  if (at != kUnits.end()) return {std::string(at->second), true};
  return {clean, clean.empty()};
}

std::string one_line(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : trimmed(text)) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() > longest) {
    while (longest > 0 && (static_cast<unsigned char>(out[longest]) & 0xC0U) == 0x80U) --longest;
    out.resize(longest);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string sentence(std::string_view text) {
  auto out = one_line(text);
  if (!out.empty() && std::string_view(".!?").find(out.back()) == std::string_view::npos) out += '.';
  return out;
}

}  // namespace wayside::config
