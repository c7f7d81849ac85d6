#include "device/profile.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "base/random.hpp"
#include "support/catch.hpp"

namespace wayside::device {
namespace {

using namespace std::chrono_literals;

PointSpec point(std::string name, std::uint16_t address, Encoding encoding = Encoding::u16,
                RegisterKind kind = RegisterKind::input) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.kind = kind;
  spec.address = address;
  spec.encoding = encoding;
  return spec;
}

Profile lanes() {
  Profile profile;
  profile.points = {point("status", 0)};
  profile.groups = {
      PointGroup{"lane", "lanes", 1, 2, 12, 16, {point("volume", 16, Encoding::u32), point("speed", 19)}}};
  return profile;
}

std::vector<RegisterBlock> blocks(const Profile& profile, const std::vector<PointSpec>& points) {
  const auto plan = plan_reads(profile, points, 1s);
  REQUIRE(plan.has_value());
  REQUIRE(plan->groups.size() == 1);
  return plan->groups[0].blocks;
}

TEST_CASE("groups expand into instances with number, address and label") {
  const auto points = expand(lanes(), {{"lanes", "3"}});
  REQUIRE(points.has_value());
  REQUIRE(points->size() == 7);
  CHECK(points->at(0).name == "status");
  CHECK(points->at(0).metric == "status");
  const auto& last = points->at(6);
  CHECK(last.name == "lane-3.speed");
  CHECK(last.metric == "speed");
  CHECK(last.address == 19 + 2 * 16);
  CHECK(last.labels == std::map<std::string, std::string>{{"lane", "3"}});
}

TEST_CASE("instances count from the first number of their group") {
  auto profile = lanes();
  profile.groups[0].first = 0;
  const auto points = expand(profile, {});
  REQUIRE(points.has_value());
  CHECK(points->at(1).name == "lane-0.volume");
  CHECK(points->at(1).address == 16);
  CHECK(points->at(3).address == 32);
}

TEST_CASE("the count is the option's, else the product's, else the group's") {
  auto profile = lanes();
  CHECK(expand(profile, {})->size() == 1 + 2 * 2);
  profile.defaults["lanes"] = "4";
  CHECK(expand(profile, {})->size() == 1 + 4 * 2);
  CHECK(expand(profile, {{"lanes", "0"}})->size() == 1);
}

TEST_CASE("a bad count is refused with the option's name") {
  for (const std::string text : {"13", "-1", "two", "", "3 ", "1.5", "99999999999"}) {
    const auto points = expand(lanes(), {{"lanes", text}});
    REQUIRE(points.has_error());
    CHECK(points.error().code == base::Errc::config);
    CHECK(points.error().what.find("'lanes'") != std::string::npos);
  }
}

TEST_CASE("an address past the end is refused") {
  auto profile = lanes();
  profile.groups[0].points[0].address = 65534;
  CHECK(expand(profile, {{"lanes", "1"}}).has_value());
  CHECK(expand(profile, {{"lanes", "2"}}).has_error());
  profile = lanes();
  profile.points[0] = point("status", 65535, Encoding::u32);
  CHECK(expand(profile, {}).has_error());
}

TEST_CASE("a source is told as kind, address, encoding and order") {
  auto spec = point("x", 52, Encoding::f32);
  CHECK(spec.source() == "input 52 f32 ABCD");
  spec = point("x", 5, Encoding::u16);
  CHECK(spec.source() == "input 5 u16");
  spec.bit = 3;
  CHECK(spec.source() == "input 5 bit 3");
  spec.role = "computed";
  CHECK(spec.source() == "computed from input 5 bit 3");
}

TEST_CASE("neighbours are read together, holes only up to the limit") {
  Profile profile;
  const std::vector<PointSpec> points{point("c", 7), point("a", 0, Encoding::u32), point("b", 2), point("d", 12)};
  CHECK(blocks(profile, points) == std::vector<RegisterBlock>{{RegisterKind::input, 0, 3},
                                                              {RegisterKind::input, 7, 1},
                                                              {RegisterKind::input, 12, 1}});
  profile.max_hole = 4;
  CHECK(blocks(profile, points) == std::vector<RegisterBlock>{{RegisterKind::input, 0, 13}});
}

TEST_CASE("kinds are read apart, periods in their own groups, both in order") {
  Profile profile;
  auto slow = point("slow", 1);
  slow.period = 10s;
  const std::vector<PointSpec> points{slow, point("a", 0), point("b", 0, Encoding::u16, RegisterKind::holding)};
  const auto plan = plan_reads(profile, points, 1s);
  REQUIRE(plan.has_value());
  REQUIRE(plan->groups.size() == 2);
  CHECK(plan->groups[0].period == 1s);
  CHECK(plan->groups[0].blocks ==
        std::vector<RegisterBlock>{{RegisterKind::holding, 0, 1}, {RegisterKind::input, 0, 1}});
  CHECK(plan->groups[1].period == 10s);
}

TEST_CASE("coils are read by up to 2000, registers by up to 125") {
  Profile profile;
  std::vector<PointSpec> coils;
  std::vector<PointSpec> registers;
  for (std::uint16_t i = 0; i < 2001; ++i) {
    coils.push_back(point("c", i, Encoding::bit, RegisterKind::coil));
    registers.push_back(point("r", i));
  }
  const auto of_coils = blocks(profile, coils);
  CHECK(of_coils == std::vector<RegisterBlock>{{RegisterKind::coil, 0, 2000}, {RegisterKind::coil, 2000, 1}});
  profile.max_read_registers = 200;  // the protocol's limit holds all the same
  const auto of_registers = blocks(profile, registers);
  CHECK(of_registers.size() == 17);
  CHECK(of_registers[0].count == 125);
}

TEST_CASE("a value wider than a read is refused") {
  Profile profile;
  profile.max_read_registers = 3;
  const auto plan = plan_reads(profile, {point("wide", 0, Encoding::f64)}, 1s);
  REQUIRE(plan.has_error());
  CHECK(plan.error().code == base::Errc::config);
  CHECK(plan.error().what.find("wide") != std::string::npos);
}

// The point's registers lie in one block.
bool covered(const std::vector<RegisterBlock>& plan, const PointSpec& spec) {
  return std::any_of(plan.begin(), plan.end(), [&spec](const RegisterBlock& b) {
    return b.kind == spec.kind && spec.address >= b.first && spec.address + word_count(spec) <= b.first + b.count;
  });
}

bool wanted(int address, RegisterKind kind, const std::vector<PointSpec>& points) {
  return std::any_of(points.begin(), points.end(), [&](const PointSpec& p) {
    return p.kind == kind && address >= p.address && address < p.address + word_count(p);
  });
}

int longest_hole(const RegisterBlock& block, const std::vector<PointSpec>& points) {
  int hole = 0;
  int run = 0;
  for (int address = block.first; address < block.first + block.count; ++address) {
    run = wanted(address, block.kind, points) ? 0 : run + 1;
    hole = std::max(hole, run);
  }
  return hole;
}

constexpr std::array kKinds{RegisterKind::coil, RegisterKind::discrete, RegisterKind::holding, RegisterKind::input};

PointSpec random_point(base::Random& random, std::uint16_t address, std::uint16_t widest) {
  constexpr std::array kEncodings{Encoding::u16, Encoding::f32, Encoding::u64, Encoding::bcd32, Encoding::text};
  const auto kind = kKinds[random.below(4)];
  const bool bits = kind == RegisterKind::coil || kind == RegisterKind::discrete;
  auto spec = point("p", address, bits ? Encoding::bit : kEncodings[random.below(5)], kind);
  if (spec.encoding == Encoding::u16 && random.chance(0.5)) spec.bit = static_cast<int>(random.below(16));
  if (spec.encoding == Encoding::text) spec.text_registers = static_cast<std::uint16_t>(1 + random.below(widest));
  return spec;
}

// Also with several points in one register (bits), and values that overlap (a text and a number within it).
std::vector<PointSpec> random_points(base::Random& random, std::uint16_t widest) {
  std::vector<PointSpec> points;
  int address = random.chance(0.1) ? 65000 : 0;
  for (std::uint64_t i = 0, n = 1 + random.below(60); i < n; ++i) {
    address += static_cast<int>(random.below(random.chance(0.2) ? 100 : 6));
    const auto spec = random_point(random, static_cast<std::uint16_t>(std::min(address, 65535)), widest);
    if (spec.address + word_count(spec) > 65536) break;
    points.push_back(spec);
    if (random.chance(0.7)) address += word_count(spec);
  }
  if (points.empty()) points.push_back(point("p", 0));
  std::shuffle(points.begin(), points.end(), std::minstd_rand(static_cast<unsigned>(random.below(1000)) + 1));
  return points;
}

TEST_CASE("any plan covers every point and reads nothing but points and holes within the limits") {
  base::SeededRandom random(3);
  for (int round = 0; round < 500; ++round) {
    Profile profile;
    profile.max_read_registers = static_cast<std::uint16_t>(4 + random.below(122));
    profile.max_hole = static_cast<std::uint16_t>(random.below(12));
    auto points = random_points(random, profile.max_read_registers);
    const auto plan = blocks(profile, points);
    for (const auto& p : points) CHECK(covered(plan, p));
    for (const auto& block : plan) {
      const bool bits = block.kind == RegisterKind::coil || block.kind == RegisterKind::discrete;
      CHECK(block.count <= (bits ? kMaxReadBits : profile.max_read_registers));
      CHECK(longest_hole(block, points) <= profile.max_hole);
      CHECK(wanted(block.first, block.kind, points));
      CHECK(wanted(block.first + block.count - 1, block.kind, points));
    }
    std::reverse(points.begin(), points.end());
    CHECK(blocks(profile, points) == plan);
  }
}

TEST_CASE("points of several periods are each read in a group of their own period") {
  base::SeededRandom random(8);
  for (int round = 0; round < 100; ++round) {
    Profile profile;
    auto points = random_points(random, 10);
    for (auto& p : points) p.period = std::chrono::seconds(1 + random.below(3));
    const auto plan = plan_reads(profile, points, 1s);
    REQUIRE(plan.has_value());
    for (const auto& p : points) {
      const auto at = std::find_if(plan->groups.begin(), plan->groups.end(),
                                   [&p](const PollGroup& group) { return group.period == *p.period; });
      REQUIRE(at != plan->groups.end());
      CHECK(covered(at->blocks, p));
    }
    for (const auto& group : plan->groups) {
      for (const auto& block : group.blocks) CHECK(longest_hole(block, points) == 0);
    }
  }
}

std::vector<PointSpec> apart(base::Random& random) {
  std::vector<PointSpec> points;
  std::uint16_t address = 0;
  for (int i = 0; i < 40; ++i) {
    address = static_cast<std::uint16_t>(address + random.below(6));
    points.push_back(point("p", address, random.chance(0.5) ? Encoding::u16 : Encoding::f32));
    address = static_cast<std::uint16_t>(address + word_count(points.back()));
  }
  return points;
}

TEST_CASE("no register is read twice where no values overlap") {
  base::SeededRandom random(4);
  for (int round = 0; round < 200; ++round) {
    Profile profile;
    profile.max_read_registers = static_cast<std::uint16_t>(4 + random.below(122));
    profile.max_hole = static_cast<std::uint16_t>(random.below(12));
    const auto plan = blocks(profile, apart(random));
    for (std::size_t i = 1; i < plan.size(); ++i) CHECK(plan[i - 1].first + plan[i - 1].count <= plan[i].first);
  }
}

}  // namespace
}  // namespace wayside::device
