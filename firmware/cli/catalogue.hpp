// A catalogue of translated messages: GNU gettext's compiled form (.mo, "The Format of GNU MO Files" in its manual).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wayside::cli {

class Catalogue {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

  // None: the bytes are no whole catalogue. All that `find` relies on is checked here.
  [[nodiscard]] static std::optional<Catalogue> parse(std::string bytes);
  // None: also where there is no such file, or it is larger than kMostBytes.
  [[nodiscard]] static std::optional<Catalogue> read(const std::string& file);

  // nullptr: not in it. What is returned lives as long as the catalogue.
  [[nodiscard]] const char* find(std::string_view message) const;

 private:
  explicit Catalogue(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::optional<std::uint32_t> word(std::size_t at) const;
  [[nodiscard]] std::optional<std::string_view> text(std::size_t table, std::size_t index) const;

  std::string bytes_;
  std::size_t count_ = 0;
  std::size_t originals_ = 0;
  std::size_t translations_ = 0;
};

}  // namespace wayside::cli
