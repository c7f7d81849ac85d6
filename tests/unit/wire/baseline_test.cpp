#include <string>

#include "support/catch.hpp"
#include "wayside/v1/baseline.pb.h"
#include "wire/baseline.hpp"
#include "wire/baseline_message.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using model::BaselineSummary;
using model::SharedBaseline;

namespace {

// A baseline of a day in four slots; one channel, or two.
SharedBaseline made(std::uint8_t channels, std::string profile = "lamp", double at = 0.5) {
  SharedBaseline out;
  out.kind = {"seasonal_score(\"power\", power)", "streetlight", std::move(profile), {"power"}};
  out.summary.channels = channels;
  out.summary.slot_s = 21600;
  out.summary.gateways = out.summary.points = 1;
  out.summary.slots.resize(4);
  out.summary.add(0, at, -at, 6);
  out.summary.add(0, -3, 3, 1);
  out.summary.add(3, 0, 0, 2);
  return out;
}

v1::BaselineSet message(const SharedBaseline& baseline) {
  v1::BaselineSet out;
  wire::fill_baselines(out, {&baseline, 1});
  return out;
}

std::string refused(const v1::BaselineSet& set) {
  const auto read = wire::read_baselines(set);
  REQUIRE_FALSE(read.has_value());
  return read.error().what;
}

}  // namespace

TEST_CASE("a set of baselines comes back as it was written") {
  const std::vector<SharedBaseline> set{made(1), made(2, "meter")};
  const auto bytes = wire::encode_baselines(set);
  const auto read = wire::decode_baselines(bytes);
  REQUIRE(read.has_value());
  CHECK(*read == set);
  for (std::size_t i = 1; i < bytes.size(); ++i) (void)wire::decode_baselines(base::ByteView(bytes).first(i));
}

TEST_CASE("the message says what its comments say") {
  const auto set = message(made(2));
  const auto& seasonal = set.baselines(0).seasonal();
  CHECK(seasonal.cycle() == v1::SEASONAL_CYCLE_DAY);
  REQUIRE(seasonal.slots_size() == 4);
  const auto& slot = seasonal.slots(0);
  CHECK(slot.level() == 0);
  REQUIRE(slot.column_size() == 2);
  CHECK(slot.column(0) == (-3 + 16) * 64);
  CHECK(slot.row(0) == (3 + 16) * 64);
  CHECK(slot.count(0) == 1);
  CHECK(slot.column(1) == 16.5 * 64);
  CHECK(slot.count(1) == 6);
  CHECK(message(made(1)).baselines(0).seasonal().slots(0).row_size() == 0);
}

TEST_CASE("baselines of one kind in one set are merged, others stand side by side") {
  auto set = message(made(1));
  set.MergeFrom(message(made(1, "lamp", 0.25)));
  set.MergeFrom(message(made(1, "other lamp")));
  const auto read = wire::read_baselines(set);
  REQUIRE(read.has_value());
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].summary.gateways == 2);
  CHECK((*read)[0].summary.slots[0].cells.size() == 3);
  CHECK((*read)[1].kind.profile == "other lamp");
}

TEST_CASE("what does not hold is refused with its place") {
  const auto with = [](auto change) {
    auto set = message(made(2));
    change(set);
    return refused(set);
  };
  const auto slot = [](v1::BaselineSet& set) { return set.mutable_baselines(0)->mutable_seasonal()->mutable_slots(0); };
  using Catch::Matchers::Contains;
  CHECK_THAT(with([&](auto& s) { slot(s)->set_count(0, 0); }), Contains("baselines[0].slots[0]: cells beyond"));
  CHECK_THAT(with([&](auto& s) { slot(s)->set_column(0, 2048); }), Contains("beyond the grid"));
  CHECK_THAT(with([&](auto& s) { slot(s)->set_column(0, 0xFFFFFFFF); }), Contains("beyond the grid"));
  CHECK_THAT(with([&](auto& s) { slot(s)->set_column(1, slot(s)->column(0)), slot(s)->set_row(1, slot(s)->row(0)); }),
             Contains("twice"));
  CHECK_THAT(with([&](auto& s) { slot(s)->set_level(12); }), Contains("level 12, at most 11"));
  CHECK_THAT(with([&](auto& s) { slot(s)->add_row(1); }), Contains("2 columns, 3 rows and 2 counts"));
  CHECK_THAT(with([&](auto& s) {
               for (int i = 0; i < 100; ++i) slot(s)->add_column(1), slot(s)->add_row(1), slot(s)->add_count(1);
             }),
             Contains("102 cells, at most 96"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->mutable_seasonal()->add_slots(); }), Contains("5 slots"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->mutable_seasonal()->set_slot_seconds(7); }),
             Contains("do not divide"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->mutable_seasonal()->set_slot_seconds(1); }),
             Contains("at most 672"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->mutable_seasonal()->set_channels(3); }),
             Contains("3 channels"));
  CHECK_THAT(
      with([](auto& s) { s.mutable_baselines(0)->mutable_seasonal()->set_cycle(v1::SEASONAL_CYCLE_UNSPECIFIED); }),
      Contains("no cycle that this release knows"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->clear_seasonal(); }), Contains("made by a newer one"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->set_family("a\nb"); }), Contains("control characters"));
  CHECK_THAT(with([](auto& s) { s.mutable_baselines(0)->clear_metrics(); }), Contains("names no function"));
  CHECK_THAT(with([](auto& s) {
               for (int i = 0; i < 300; ++i) s.add_baselines();
             }),
             Contains("at most 256"));
  CHECK_THAT(with([](auto& s) { s.MergeFrom(message(made(1))); }), Contains("different cycles"));
  CHECK_THAT(wire::decode_baselines({}).error().what, Contains("without a baseline"));
  CHECK_THAT(wire::decode_baselines(base::as_bytes("\xFF\xFF")).error().what, Contains("not a set of baselines"));
  CHECK_THAT(wire::decode_baselines(base::Bytes(wire::kMostBaselineBytes + 1)).error().what, Contains("at most"));
}

TEST_CASE("a prior fits its own product first, then its family; never another family, metric or function") {
  const model::BaselineKind place{"f(x)", "streetlight", "lamp", {"power"}};
  auto other = place;
  CHECK(model::fit(place, other) == model::Fit::profile);
  other.profile = "x";
  CHECK(model::fit(place, other) == model::Fit::family);
  other.family = "x";
  CHECK(model::fit(place, other) == model::Fit::none);
  other = place;
  other.metrics = {"voltage"};
  CHECK(model::fit(place, other) == model::Fit::none);
  other = place;
  other.function = "g(x)";
  CHECK(model::fit(place, other) == model::Fit::none);
  const auto lamp = made(1);
  const std::vector<SharedBaseline> priors{made(1, "a"), lamp, made(1, "b", 0.25)};
  CHECK(*model::prior_for(lamp.kind, priors) == lamp.summary);
  auto unknown = lamp.kind;
  unknown.profile = "c";
  CHECK(model::prior_for(unknown, priors)->gateways == 3);
  unknown.family = "c";
  CHECK_FALSE(model::prior_for(unknown, priors));
}
