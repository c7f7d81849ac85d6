// What holds for every driver family and every product profile, without knowing any of them: a new family or profile
// is under test from the moment it is there.
#include "contract/products.hpp"

namespace wayside::contract {
namespace {

using device::PointSpec;
using device::RegisterBlock;

bool is_family_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), allowed);
}

TEST_CASE("every family has a proper name, a README, a profile, rules and frames") {
  REQUIRE_FALSE(device::driver_table().empty());
  for (const auto* family : device::driver_table()) {
    INFO("family " << family->name);
    const auto folder = kDrivers / family->name;
    CHECK(is_family_name(family->name));
    CHECK_FALSE(family->title.empty());
    CHECK(fs::exists(folder / "README.md"));
    CHECK_FALSE(yaml_files(folder / "profiles").empty());
    CHECK((fs::exists(folder / "test" / "frames") && !fs::is_empty(folder / "test" / "frames")));
    for (const auto& option : family->options) CHECK_FALSE(option.help.empty());
  }
}

TEST_CASE("no two families have one name") {
  std::vector<std::string_view> names;
  for (const auto* family : device::driver_table()) names.push_back(family->name);
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("every profile is named as its file, belongs to its folder and tells its source") {
  for (const auto* family : device::driver_table()) {
    for (const auto& file : yaml_files(kDrivers / family->name / "profiles")) {
      const auto loaded = config::load_profile(file.string(), device::driver_table());
      INFO(file << "\n" << told(loaded.problems));
      REQUIRE(loaded.value);
      CHECK(loaded.value->name == file.stem().string());
      CHECK(loaded.value->family == family->name);
      CHECK_FALSE(loaded.value->title.empty());
      CHECK_FALSE(loaded.value->source.empty());
    }
  }
}

TEST_CASE("every rule file can be read, and every rule tells what happened") {
  for (const auto* family : device::driver_table()) {
    for (const auto& file : yaml_files(kDrivers / family->name / "rules")) {
      const auto loaded = config::load_rules(file.string());
      INFO(file << "\n" << told(loaded.problems));
      REQUIRE(loaded.value);
      for (const auto& rule : *loaded.value) {
        INFO(rule.id());
        CHECK((rule.recorded ? !rule.recorded->meaning.empty() : rule.annotations.count("summary") == 1));
      }
    }
  }
}

TEST_CASE("every plan reads something, within the limits of protocol and product, nothing twice") {
  for_each_driver([](const Product& product, const Driver& driver) {
    REQUIRE_FALSE(driver.plan().groups.empty());
    CHECK(driver.plan().protocol == product.family->protocol);
    for (const auto& group : driver.plan().groups) {
      CHECK(group.blocks.empty() == has_frames(driver));
      CHECK(group.period.count() > 0);
      const RegisterBlock* before = nullptr;
      for (const auto& block : group.blocks) {
        const bool bits = block.kind == device::RegisterKind::coil || block.kind == device::RegisterKind::discrete;
        CHECK(block.count > 0);
        CHECK(block.count <= (bits ? device::kMaxReadBits : product.profile.max_read_registers));
        CHECK(block.first + block.count <= 65536);
        const bool same_kind = before != nullptr && before->kind == block.kind;
        if (same_kind) CHECK(before->first + before->count <= block.first);
        before = &block;
      }
    }
  });
}

TEST_CASE("every point has a name of its own, a meaning, and a unit if it is a number") {
  for_each_driver([](const Product&, const Driver& driver) {
    std::vector<std::string> names;
    for (const PointSpec& point : driver.points()) {
      INFO("point " << point.name);
      names.push_back(point.name);
      const bool bit = point.bit >= 0 && point.bit_width == 1 && point.role != "computed";
      const bool truth = point.encoding == device::Encoding::bit || bit || !point.true_when.empty();
      const bool words = point.encoding == device::Encoding::text || !point.values.empty();
      CHECK((truth || words || !point.unit.empty()));
      CHECK(point.meaning.size() > 10);
      CHECK(point.meaning.ends_with('.'));
      CHECK(point.name.ends_with(point.metric));
      CHECK_FALSE(point.metric.empty());
    }
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  });
}

TEST_CASE("every default of a profile is an option that someone knows") {
  for (const auto& product : products()) {
    for (const auto& [key, value] : product.profile.defaults) {
      INFO(product.profile.name << ": " << key);
      const auto& specs = product.family->options;
      const auto& groups = product.profile.groups;
      const auto& name = key;  // a structured binding cannot be captured
      const bool known = std::any_of(specs.begin(), specs.end(), [&name](auto& s) { return s.name == name; }) ||
                         std::any_of(groups.begin(), groups.end(), [&name](auto& g) { return g.count_option == name; });
      CHECK(known);
    }
  }
}

TEST_CASE("a bad option is refused with its name") {
  for (const auto& product : products()) {
    std::vector<std::string> names;
    for (const auto& option : product.family->options) names.emplace_back(option.name);
    for (const auto& group : product.profile.groups) names.push_back(group.count_option);
    for (const auto& name : names) {
      // Not -1: a temperature or a coefficient of expansion may be below zero.
      for (const std::string text : {"", "-99999999", "nonsense", "1e99", "nan"}) {
        INFO(product.profile.name << ": " << name << " = '" << text << "'");
        const auto made = make(product, {{name, text}});
        REQUIRE(made.has_error());
        CHECK(made.error().code == base::Errc::config);
        CHECK(made.error().what.find(name) != std::string::npos);
      }
    }
  }
}

template <class Word>
device::RegisterImage image_of(const Driver& driver, Word word) {
  device::RegisterImage image;
  for (const auto& group : driver.plan().groups) {
    for (const auto& block : group.blocks) {
      std::vector<std::uint16_t> words(block.count);
      std::generate(words.begin(), words.end(), word);
      image.add(block, std::move(words));
    }
  }
  return image;
}

TEST_CASE("an image of everything gives a sample of every point") {
  for_each_driver([](const Product&, const Driver& driver) {
    if (has_frames(driver)) return;
    for (const auto word : std::vector<std::uint16_t>{0x0000, 0xFFFF}) {
      const auto image = image_of(driver, [word] { return word; });
      const auto first = decode_checked(driver, {image, base::from_us(1'000'000), {}}, {});
      CHECK(first.samples.size() == driver.points().size());
      decode_checked(driver, {image, base::from_us(2'000'000), {}}, first.state);
    }
  });
}

TEST_CASE("an empty image gives no sample and keeps the state") {
  for_each_driver([](const Product&, const Driver& driver) {
    if (has_frames(driver)) return;
    const auto image = image_of(driver, [] { return std::uint16_t{1}; });
    CHECK(decode_checked(driver, {{}, base::from_us(1), {}}, {}).samples.empty());
    const auto before = driver.decode({image, base::from_us(1'000'000), {}}, {}).state;
    const auto after = decode_checked(driver, {{}, base::from_us(2'000'000), {}}, before);
    CHECK(after.samples.empty());
    CHECK(after.state == before);
  });
}

TEST_CASE("random images, states, times and boots never break a decode") {
  base::SeededRandom random(11);
  for_each_driver([&random](const Product&, const Driver& driver) {
    if (has_frames(driver)) return;
    device::DriverState state;
    for (int round = 0; round < 60; ++round) {
      const auto image = image_of(driver, [&random] { return static_cast<std::uint16_t>(random.next()); });
      const auto at = base::from_us(static_cast<std::int64_t>(random.below(1'000'000'000'000)));
      state = decode_checked(driver, {image, at, {static_cast<std::uint8_t>(random.below(2))}}, state).state;
      if (state.empty() || !random.chance(0.5)) continue;
      state[random.below(state.size())] = static_cast<std::uint8_t>(random.next());
      if (random.chance(0.2)) state.resize(random.below(state.size()) + 1);
    }
  });
}

}  // namespace
}  // namespace wayside::contract
