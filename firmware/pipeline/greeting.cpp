#include "pipeline/greeting.hpp"

#include <algorithm>
#include <utility>

#include "device/decoder.hpp"
#include "device/register_image.hpp"

namespace wayside::pipeline {
namespace {

// A text as it is, a number as a person writes it; nothing where it cannot be told.
std::string told(const device::PointSpec& spec, const std::vector<std::uint16_t>& words) {
  device::RegisterImage image;
  image.add({spec.kind, spec.address, static_cast<std::uint16_t>(words.size())}, words);
  const auto sample = device::decode_point(spec, 0, image);
  if (!sample || model::is_bad(sample->quality)) return {};
  if (const auto* whole = std::get_if<std::int64_t>(&sample->value)) return std::to_string(*whole);
  if (std::holds_alternative<std::monostate>(sample->value)) return {};
  auto text = model::to_string(sample->value);
  const auto is_blank = [](char c) { return c == ' ' || static_cast<unsigned char>(c) < 0x20; };
  while (!text.empty() && is_blank(text.back())) text.pop_back();
  text.erase(text.begin(), std::ranges::find_if_not(text, is_blank));
  return text;
}

}  // namespace

Greeting::Greeting(device::IdentitySpec identity, std::vector<device::SetupWrite> setup)
    : spec_(std::move(identity)), setup_(std::move(setup)) {
  const auto readable = [](const std::optional<device::PointSpec>& spec) {
    return spec && device::word_count(*spec) > 0 && device::word_count(*spec) <= device::max_read(spec->kind);
  };
  steps_.reserve(2 + 2 * setup_.size());
  const auto add = [this](What what, std::size_t write) { steps_.push_back(Entry{what, write}); };
  if (readable(spec_.serial)) add(What::serial, 0);
  if (readable(spec_.firmware)) add(What::firmware, 0);
  for (std::size_t i = 0; i < setup_.size(); ++i) {
    const auto& write = setup_[i].write;
    if (write.values.empty()) continue;
    if (setup_[i].read_first && write.values.size() <= device::max_read(write.kind)) add(What::compare, i);
    add(What::write, i);
  }
  at_ = steps_.size();
}

void Greeting::begin() {
  at_ = 0;
  identity_ = {};
  written_ = 0;
  refusals_.clear();
}

const device::PointSpec& Greeting::asked() const {
  return steps_[at_].what == What::serial ? *spec_.serial : *spec_.firmware;
}

Greeting::Step Greeting::next() const {
  const auto& step = steps_.at(at_);
  if (step.what == What::write) return setup_[step.write].write;
  if (step.what == What::compare) {
    const auto& write = setup_[step.write].write;
    return device::RegisterBlock{write.kind, write.first, static_cast<std::uint16_t>(write.values.size())};
  }
  return device::RegisterBlock{asked().kind, asked().address, device::word_count(asked())};
}

void Greeting::answered(const std::vector<std::uint16_t>& words) {
  const auto step = steps_.at(at_);
  switch (step.what) {
    case What::serial: identity_.serial = told(asked(), words); break;
    case What::firmware: identity_.firmware = told(asked(), words); break;
    case What::compare:
      if (words == setup_[step.write].write.values) ++at_;  // it stands there already: the write is passed over
      break;
    case What::write: ++written_; break;
  }
  ++at_;
}

void Greeting::refused(const base::Error& error) {
  const auto step = steps_.at(at_);
  switch (step.what) {
    case What::serial: refusals_.push_back({"serial number", error.what}); break;
    case What::firmware: refusals_.push_back({"firmware", error.what}); break;
    case What::compare: break;  // a register that can only be written
    case What::write: refusals_.push_back({setup_[step.write].title, error.what}); break;
  }
  ++at_;
}

std::vector<device::SetupWrite> setup_for(const device::Profile& profile, const device::Options& options) {
  std::vector<device::SetupWrite> out;
  for (const auto& setup : profile.setup) {
    if (!setup.option.empty()) {
      const auto given = options.find(setup.option);
      const auto fallback = profile.defaults.find(setup.option);
      const bool by_site = given != options.end() && given->second == setup.equals;
      const bool by_default =
          given == options.end() && fallback != profile.defaults.end() && fallback->second == setup.equals;
      if (!by_site && !by_default) continue;
    }
    out.push_back(setup);
  }
  return out;
}

}  // namespace wayside::pipeline
