// What was recorded, dated and in parts.
#include "pipeline/historian.hpp"

#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_history.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

namespace {

const base::WallTime kNoon{1'780'000'000s};

class World {
 public:
  World() {
    add("lamp-1", "power", model::DataClass::open);
    add("lamp-1", "door", model::DataClass::internal);
    add("lamp-1", "user", model::DataClass::sensitive);
    add("lamp-2", "power", model::DataClass::open);
    catalogues = std::make_unique<wire::Catalogues>(wire::Catalogues::build(model::GatewayId{"gw-1"}, points));
    auto stored = std::make_shared<pipeline::Historian::StoredCatalogues>();
    for (const auto c : model::kDataClasses) {
      const auto& one = catalogues->of(c);
      if (one) stored->push_back({std::string(model::to_string(c)) + "/" + base::to_hex(one->hash), one->encoded});
    }
    (void)keeper.check();
    historian = std::make_unique<pipeline::Historian>(pipeline::Historian::Parts{store, keeper, points, stored});
  }

  void add(const std::string& device, const std::string& name, model::DataClass data_class) {
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = name;
    info.unit = "W";
    info.data_class = data_class;
    points.add(std::move(info));
  }
  // A row of one reading, so long after the boot.
  void recorded(const std::string& device, const std::string& name, base::BootTime at, double value,
                std::optional<base::BootId> boot = std::nullopt) {
    const auto point = *points.find(model::DeviceId{device}, name);
    const auto data_class = points.info(point).data_class;
    store.add(data_class, boot.value_or(time.boot_id()), catalogues->of(data_class)->hash, at,
              {{catalogues->index_of(point), value}});
  }
  base::Result<pipeline::HistoryPart> read(pipeline::HistoryAsk ask) {
    std::optional<base::Result<pipeline::HistoryPart>> out;
    historian->read(std::move(ask), [&out](auto part) { out = std::move(part); });
    time.run_for(1ms);
    REQUIRE(out);
    return std::move(*out);
  }
  // All parts.
  std::vector<model::HistorySample> all(pipeline::HistoryAsk ask) {
    std::vector<model::HistorySample> out;
    for (;;) {
      const auto part = read(ask);
      REQUIRE(part.has_value());
      CHECK(part->samples.size() <= ask.most);
      out.insert(out.end(), part->samples.begin(), part->samples.end());
      if (!part->next) return out;
      ask.cursor = *part->next;
    }
  }
  static base::BootTime after(std::chrono::microseconds span) { return base::BootTime{} + span; }
  pipeline::HistoryAsk ask(const std::string& point, std::chrono::seconds from, std::chrono::seconds until) const {
    const auto boot = time.wall_now() - (time.boot_now() - base::BootTime{});
    return {model::DeviceId{"lamp-1"}, point, boot + from, boot + until, false, {}, 500};
  }

  base::VirtualTime time{kNoon};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  tests::FakeHistory store{*core};
  model::PointTable points;
  pipeline::TimeKeeper keeper{time, "system", {}};
  std::unique_ptr<wire::Catalogues> catalogues;
  std::unique_ptr<pipeline::Historian> historian;
};

}  // namespace

TEST_CASE("the samples of a point in a span, dated, at the rate they were recorded") {
  World world;
  for (int i = 0; i < 100; ++i) {
    world.recorded("lamp-1", "power", World::after(i * 1s), i);
    world.recorded("lamp-2", "power", World::after(i * 1s), 1000 + i);
  }
  const auto ask = world.ask("power", 10s, 20s);
  const auto samples = world.all(ask);
  REQUIRE(samples.size() == 10);
  for (int i = 0; i < 10; ++i) {
    const auto& sample = samples[static_cast<std::size_t>(i)];
    CHECK(sample.point == "power");
    CHECK(sample.at == ask.from + i * 1s);
    CHECK(model::as_number(sample.value) == 10 + i);
    CHECK(model::is_good(sample.quality));
    CHECK_FALSE(sample.bucket);
  }
  CHECK(world.read(ask)->points.at("power").unit == "W");
}

TEST_CASE("parts of any size give every sample once, and a part has one class only") {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.recorded("lamp-1", "power", World::after(i * 1s), i);
    world.recorded("lamp-1", "door", World::after(i * 1s), 100 + i);
    world.recorded("lamp-1", "user", World::after(i * 1s), 200 + i);
  }
  // Two events in one row: a part may end between them.
  v1::ChunkBody body;
  for (int i = 0; i < 5; ++i) {
    auto& event = *body.add_events();
    event.set_offset_us(base::to_us(World::after(30s + i * 10ms)));
    event.mutable_telemetry()->add_point(
        world.catalogues->index_of(*world.points.find(model::DeviceId{"lamp-1"}, "power")));
    event.mutable_telemetry()->add_value(30 + i);
  }
  world.store.add(model::DataClass::open, world.time.boot_id(), world.catalogues->of(model::DataClass::open)->hash,
                  World::after(30s), body);
  for (const std::size_t most : {1U, 2U, 3U, 7U, 34U, 35U, 36U, 500U}) {
    for (const std::size_t rows : {1U, 4U, 1000U}) {
      world.store.most_rows = rows;
      auto ask = world.ask("", 0s, 1000s);
      ask.most = most;
      auto samples = world.all(ask);
      REQUIRE(samples.size() == 65);
      for (std::size_t i = 0; i < 35; ++i) CHECK(model::as_number(samples[i].value) == static_cast<double>(i));
      CHECK(samples[35].point == "door");
      ask.sensitive = true;
      CHECK(world.all(ask).size() == 95);
    }
  }
}

TEST_CASE("what an earlier boot recorded has its own dates, and one without a date has no samples") {
  World world;
  const base::BootId earlier{9};
  const base::BootId unknown{8};
  base::ByteWriter anchor;
  anchor.i64(0);
  anchor.i64((kNoon - 24h).time_since_epoch().count());
  anchor.i64(0);
  pipeline::TimeKeeper keeper(world.time, "system", {{base::to_hex(base::ByteView(earlier)), anchor.take()}});
  auto stored = std::make_shared<pipeline::Historian::StoredCatalogues>();
  const auto& catalogue = *world.catalogues->of(model::DataClass::open);
  stored->push_back({"public/" + base::to_hex(catalogue.hash), catalogue.encoded});
  world.historian =
      std::make_unique<pipeline::Historian>(pipeline::Historian::Parts{world.store, keeper, world.points, stored});
  for (int i = 0; i < 10; ++i) {
    world.recorded("lamp-1", "power", World::after(i * 1s), i, earlier);
    world.recorded("lamp-1", "power", World::after(i * 1s), i, unknown);
  }
  pipeline::HistoryAsk ask{model::DeviceId{"lamp-1"}, "power", kNoon - 24h + 3s, kNoon - 24h + 5s, false, {}, 500};
  const auto samples = world.all(ask);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].at == kNoon - 24h + 3s);
}

TEST_CASE("without any date nothing can be asked for, and too much at once is refused") {
  World world;
  const pipeline::TimeKeeper never(world.time, "system", {});
  pipeline::Historian historian(
      {world.store, never, world.points, std::make_shared<pipeline::Historian::StoredCatalogues>()});
  std::string why;
  historian.read(world.ask("power", 0s, 9s), [&why](auto part) { why = part.error().what; });
  CHECK(why == "the gateway's clock was never known to be right: what it recorded has no date yet");
  std::size_t refused = 0;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < pipeline::Historian::kMostAtOnce + 3; ++i) {
    world.historian->read(world.ask("power", 0s, 9s), [&](auto part) { ++(part ? answered : refused); });
  }
  CHECK(refused == 3);
  world.historian.reset();
  world.time.run_for(1ms);
  CHECK(answered == pipeline::Historian::kMostAtOnce);
}

TEST_CASE("what was thinned comes as buckets; a damaged body is counted") {
  World world;
  v1::ChunkBody body;
  auto& event = *body.add_events();
  event.set_offset_us(base::to_us(World::after(60s)));
  auto& thinned = *event.mutable_thinned();
  thinned.add_point(world.catalogues->index_of(*world.points.find(model::DeviceId{"lamp-1"}, "power")));
  thinned.add_count(60);
  thinned.add_min(1);
  thinned.add_max(9);
  thinned.add_mean(5);
  const auto& hash = world.catalogues->of(model::DataClass::open)->hash;
  world.store.add(model::DataClass::open, world.time.boot_id(), hash, World::after(60s), body);
  world.recorded("lamp-1", "power", World::after(61s), 7);
  world.store.rows.back().chunk.checksum ^= 1;
  const auto part = world.read(world.ask("power", 0s, 100s));
  REQUIRE(part.has_value());
  CHECK(part->unreadable == 1);
  REQUIRE(part->samples.size() == 1);
  REQUIRE(part->samples[0].bucket);
  CHECK(part->samples[0].bucket->max == 9);
  CHECK(part->samples[0].bucket->count == 60);
  CHECK(model::as_number(part->samples[0].value) == 5);
}

TEST_CASE("a name that the configuration does not know is doubted, with the nearest") {
  const World world;
  CHECK(world.historian->doubt(model::DeviceId{"lamp-1"}, "power").empty());
  CHECK(world.historian->doubt(model::DeviceId{"lamp-1"}, "").empty());
  CHECK(world.historian->doubt(model::DeviceId{"lamp-1"}, "powr") ==
        "lamp-1 has no point 'powr' now; did you mean 'power'?");
  CHECK(world.historian->doubt(model::DeviceId{"lanp-1"}, "power") ==
        "there is no device 'lanp-1' now; did you mean 'lamp-1'?");
  CHECK(world.historian->is_sensitive(model::DeviceId{"lamp-1"}, "user"));
  CHECK_FALSE(world.historian->is_sensitive(model::DeviceId{"lamp-1"}, "power"));
}
