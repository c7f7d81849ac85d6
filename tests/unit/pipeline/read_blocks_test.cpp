#include "pipeline/read_blocks.hpp"

#include <algorithm>
#include <set>

#include "base/random.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

namespace {

device::Profile random_profile(base::Random& random) {
  constexpr device::Encoding kEncodings[] = {device::Encoding::u16, device::Encoding::f32, device::Encoding::u64,
                                             device::Encoding::bit};
  device::Profile profile;
  profile.max_hole = static_cast<std::uint16_t>(random.below(6));
  profile.max_read_registers = static_cast<std::uint16_t>(4 + random.below(40));
  const auto count = 1 + random.below(40);
  for (std::uint64_t n = 0; n < count; ++n) {
    device::PointSpec spec;
    spec.name = "p" + std::to_string(n);
    spec.encoding = kEncodings[random.below(4)];
    spec.kind = spec.encoding == device::Encoding::bit ? device::RegisterKind::coil : device::RegisterKind::holding;
    spec.address = static_cast<std::uint16_t>(random.below(120));
    if (random.chance(0.2)) spec.period = std::chrono::seconds{10};
    profile.points.push_back(std::move(spec));
  }
  return profile;
}

bool is_refused(const device::RegisterBlock& block, const std::set<int>& bad) {
  for (int a = block.first; a < block.first + block.count; ++a) {
    if (bad.contains(a)) return true;
  }
  return false;
}

bool contains(const device::RegisterBlock& block, const device::PointSpec& point) {
  return block.kind == point.kind && block.first <= point.address &&
         point.address + device::word_count(point) <= block.first + block.count;
}

// No register beside the points', but for holes that are allowed; no read that is too long.
void check_allowed(const device::RegisterBlock& block, const device::Profile& profile) {
  const bool bits = block.kind == device::RegisterKind::coil;
  CHECK(block.count > 0);
  CHECK(block.count <= (bits ? 2000 : profile.max_read_registers));
  int hole = 0;
  for (int a = block.first; a < block.first + block.count; ++a) {
    const bool wanted = std::ranges::any_of(profile.points, [&](const auto& p) {
      return p.kind == block.kind && a >= p.address && a < p.address + device::word_count(p);
    });
    hole = wanted ? 0 : hole + 1;
    if (hole > profile.max_hole) FAIL("a hole beyond the limit is read");
  }
}

}  // namespace

TEST_CASE("whatever a device refuses, what it has is read and what it must not be asked is not") {
  base::SeededRandom random(20260301);
  for (int round = 0; round < 400; ++round) {
    const auto profile = random_profile(random);
    const auto plan = device::plan_reads(profile, profile.points, std::chrono::seconds{1});
    REQUIRE(plan.has_value());
    pipeline::ReadBlocks blocks(*plan, profile.points,
                                {profile.max_hole, profile.max_read_registers, std::chrono::seconds{1}});
    std::set<int> bad;  // registers that this unit lacks
    for (auto i = random.below(12); i > 0; --i) bad.insert(static_cast<int>(random.below(124)));
    for (std::size_t group = 0; group < plan->groups.size(); ++group) {
      int steps = 0;
      for (std::size_t at = 0; at < blocks.count(group);) {
        check_allowed(blocks.block(group, at), profile);
        REQUIRE(++steps < 500);
        if (is_refused(blocks.block(group, at), bad)) {
          blocks.refuse(group, at);
        } else {
          blocks.accept(group, at++);
        }
      }
    }
    for (std::uint32_t n = 0; n < profile.points.size(); ++n) {
      const auto& p = profile.points[n];
      const bool lacks = is_refused({p.kind, p.address, device::word_count(p)}, bad);
      bool read = false;
      for (std::size_t group = 0; group < plan->groups.size(); ++group) {
        for (std::size_t at = 0; at < blocks.count(group); ++at) read = read || contains(blocks.block(group, at), p);
      }
      CHECK(read == !lacks);
      CHECK(blocks.is_parked(n) == lacks);
    }
  }
}

TEST_CASE("parked points are tried again by themselves, and told as new only once") {
  device::Profile profile;
  for (std::uint16_t a = 0; a < 3; ++a) {
    device::PointSpec spec;
    spec.name = std::to_string(a);
    spec.address = a;
    profile.points.push_back(spec);
  }
  const auto plan = *device::plan_reads(profile, profile.points, std::chrono::seconds{1});
  pipeline::ReadBlocks blocks(plan, profile.points, {});
  REQUIRE(blocks.count(0) == 1);
  CHECK(blocks.refuse(0, 0).split);
  REQUIRE(blocks.count(0) == 2);
  const auto first = blocks.refuse(0, 0);
  CHECK(first.parked == std::vector<std::uint32_t>{0});
  CHECK(first.first_time);
  CHECK(blocks.count(0) == 1);
  CHECK(blocks.retry_parked());
  REQUIRE(blocks.count(0) == 2);
  CHECK(blocks.on_trial(0, 1));
  CHECK_FALSE(blocks.refuse(0, 1).first_time);
  CHECK(blocks.retry_parked());
  blocks.accept(0, 1);
  CHECK_FALSE(blocks.is_parked(0));
  CHECK_FALSE(blocks.retry_parked());
}

TEST_CASE("what the firmware does not have is not asked for, and its neighbours still are") {
  device::Profile profile;
  for (std::uint16_t a = 0; a < 5; ++a) {
    device::PointSpec spec;
    spec.name = std::to_string(a);
    spec.address = a;
    if (a == 2) spec.since_firmware = "2.10";
    if (a == 4) spec.until_firmware = "2.0";
    profile.points.push_back(spec);
  }
  const auto plan = *device::plan_reads(profile, profile.points, std::chrono::seconds{1});
  pipeline::ReadBlocks blocks(plan, profile.points, {});
  CHECK(blocks.set_firmware("2.9") == std::vector<std::uint32_t>{2, 4});
  REQUIRE(blocks.count(0) == 2);
  CHECK(blocks.block(0, 0) == device::RegisterBlock{device::RegisterKind::holding, 0, 2});
  CHECK(blocks.block(0, 1) == device::RegisterBlock{device::RegisterKind::holding, 3, 1});
  CHECK(blocks.set_firmware("2.10.1") == std::vector<std::uint32_t>{4});
  REQUIRE(blocks.count(0) == 1);
  CHECK(blocks.block(0, 0).count == 4);
}
