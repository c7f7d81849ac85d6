#include "unit/pipeline/downlink_world.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using tests::DownlinkWorld;

namespace {

const std::string kSignature(64, 's');

v1::Order alarms_query() {
  v1::Order out;
  out.set_gateway("gw-1");
  out.mutable_alarms();
  return out;
}

v1::Order log_order(DownlinkWorld& world) {
  auto out = world.write_order("l-1");
  out.mutable_log_level()->set_level("debug");
  return out;
}

}  // namespace

TEST_CASE("a write is carried out, measured, answered where the platform asked for it, and entered") {
  DownlinkWorld world;
  const auto answer = world.ask(world.write_order());
  CHECK(answer.outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(answer.gateway() == "gw-1");
  CHECK(answer.id() == "o-1");
  CHECK(answer.command().outcome() == v1::COMMAND_OUTCOME_DONE);
  CHECK(answer.command().measured() == 1);
  CHECK(answer.command().origin() == v1::COMMAND_ORIGIN_PLATFORM);
  CHECK(answer.command().by() == "platform (desk 4)");
  CHECK(answer.time_base().has_anchor());
  const auto& message = world.link.sent.at(0).message;
  CHECK(message.topic == DownlinkWorld::kReply);
  CHECK(message.correlation == base::Bytes{1, 2, 3});
  CHECK_FALSE(message.retain);
  REQUIRE(world.notes().size() == 1);
  CHECK(world.notes()[0].action == "write");
  CHECK(world.notes()[0].target == "relay-1.relay-1");
  CHECK(world.notes()[0].outcome == "done");
  CHECK(world.notes()[0].order == "o-1");
  CHECK(world.told<model::AuditEntry>().size() == 1);
}

TEST_CASE("the same id is carried out once and answered as often as it is asked") {
  DownlinkWorld world;
  CHECK(world.ask(world.write_order()).outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(world.ask(world.write_order()).outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("an alarm order or log level that came before is not carried out again, also after a restart") {
  DownlinkWorld world;
  const auto order = log_order(world);
  CHECK(world.ask(order).outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(base::log::level() == base::log::Level::debug);
  DownlinkWorld::Setup setup;
  setup.state = world.outbox.state;
  DownlinkWorld later(DownlinkWorld::everything(), setup);
  const auto again = later.ask(order);
  CHECK(again.outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(again.reason() == "carried out before: debug for 600 s");
  CHECK(later.notes().size() == 1);
  base::log::set_level(base::log::Level::off);
}

TEST_CASE("the log level is for ten minutes, or as long as is asked, up to an hour") {
  DownlinkWorld world;
  CHECK(world.ask(log_order(world)).outcome() == v1::ANSWER_OUTCOME_DONE);
  world.time.run_for(std::chrono::minutes{9});
  CHECK(base::log::level() == base::log::Level::debug);
  world.time.run_for(std::chrono::minutes{1});
  CHECK(base::log::level() == base::log::Level::off);
  auto order = world.write_order("l-2");
  order.mutable_log_level()->set_level("debug");
  order.mutable_log_level()->set_span_us(std::int64_t{2} * 3600 * 1'000'000);
  CHECK(world.ask(order).outcome() == v1::ANSWER_OUTCOME_MALFORMED);
  order.mutable_log_level()->set_span_us(60'000'000);
  order.mutable_log_level()->set_level("loud");
  CHECK(world.ask(order).reason() == "'log_level.level' is none of debug, info, warn, error");
}

TEST_CASE("nothing may be asked that the gateway's own configuration does not allow") {
  pipeline::DownlinkRules nothing;
  DownlinkWorld world(nothing);
  const auto answer = world.ask(world.write_order());
  CHECK(answer.outcome() == v1::ANSWER_OUTCOME_REFUSED);
  CHECK(answer.reason() == "'uplink.downlink.allow' of this gateway does not name 'write'");
  CHECK(world.bus.written.empty());
  REQUIRE(world.notes().size() == 1);
  CHECK(world.notes()[0].outcome == "refused");
  CHECK(world.notes()[0].by == "platform (desk 4)");
}

TEST_CASE("a point that is local only is not for the platform") {
  DownlinkWorld::Setup setup;
  setup.local_only = {true};
  DownlinkWorld world(DownlinkWorld::everything(), setup);
  const auto answer = world.ask(world.write_order());
  CHECK(answer.outcome() == v1::ANSWER_OUTCOME_REFUSED);
  CHECK(answer.reason() == "relay-1.relay-1 may be commanded at the gateway only: 'local_only' names it");
  auto local = world.order("relay-1", true);
  local.origin = model::CommandOrigin::local;
  CHECK(world.CommandWorld::ask(local).outcome == model::CommandOutcome::done);
}

TEST_CASE("what is wrong with an order is said in its answer") {
  DownlinkWorld world;
  auto order = world.write_order();
  const auto refused = [&world](const ports::MqttMessage& message, v1::AnswerOutcome outcome, const std::string& why) {
    const auto answer = world.ask(message);
    CHECK(answer.outcome() == outcome);
    CHECK(answer.reason() == why);
  };
  SECTION("no protobuf") {
    ports::MqttMessage message{world.topics.command(), {0xff, 0xff, 0xff}, false, ""};
    refused(message, v1::ANSWER_OUTCOME_MALFORMED, "not a wayside.v1.Downlink");
    CHECK(world.link.sent.back().message.topic == world.topics.answer(model::DataClass::internal));
  }
  SECTION("nothing in it") {
    refused({world.topics.command(), {}, false, ""}, v1::ANSWER_OUTCOME_MALFORMED, "'order' is missing");
  }
  SECTION("of a later release") {
    order.clear_write();
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_UNKNOWN,
            "it asks for nothing that this release knows");
  }
  SECTION("no id") {
    order.clear_id();
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_MALFORMED, "'id' is missing");
  }
  SECTION("no value") {
    order.mutable_write()->clear_value();
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_MALFORMED,
            "'write' has no value: number, text or truth");
  }
  SECTION("for another gateway") {
    order.set_gateway("gw-2");
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_REFUSED,
            "it is for gateway 'gw-2'");
  }
  SECTION("on the topic of queries") {
    refused(DownlinkWorld::message(order, world.topics.query()), v1::ANSWER_OUTCOME_REFUSED,
            "it belongs on wayside/v1/a/b/c/d/gw-1/down/command");
  }
  SECTION("retained") {
    auto message = DownlinkWorld::message(order, world.topics.command());
    message.retain = true;
    refused(message, v1::ANSWER_OUTCOME_REFUSED, "a retained message is no order");
  }
  SECTION("too late") {
    order.set_expires_wall_us(world.wall_us() - 1);
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_EXPIRED,
            "its time was over when it came");
  }
  SECTION("without an end") {
    order.clear_expires_wall_us();
    refused(DownlinkWorld::message(order, world.topics.command()), v1::ANSWER_OUTCOME_REFUSED,
            "it does not say when it expires: 'expires_wall_us', or a message expiry interval");
  }
  CHECK(world.bus.written.empty());
  REQUIRE(world.notes().size() == 1);
  CHECK(world.notes()[0].outcome == "refused");
}

TEST_CASE("while the gateway's clock is not trusted a message expiry counts, a date does not") {
  DownlinkWorld::Setup setup;
  setup.clock_trusted = false;
  DownlinkWorld world(DownlinkWorld::everything(), setup);
  CHECK(world.ask(world.write_order()).reason() ==
        "the gateway's clock is not known to be right: send it with a message expiry interval");
  auto message = DownlinkWorld::message(world.write_order("o-2"), world.topics.command());
  message.expiry = std::chrono::seconds{20};
  CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_DONE);
}

TEST_CASE("an order lives as long as the shorter of its date and its message expiry") {
  DownlinkWorld world;
  world.queue.closed = true;
  auto message = DownlinkWorld::message(world.write_order(), world.topics.command());
  message.expiry = std::chrono::seconds{1};
  CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_EXPIRED);
  CHECK(world.bus.written.empty());
}

TEST_CASE("what needs a signature is not carried out without one, or with a wrong one") {
  DownlinkWorld world(DownlinkWorld::signed_only());
  auto order = world.write_order();
  order.set_issued_wall_us(world.wall_us());
  CHECK(world.ask(order).reason() == "this gateway takes 'write' only with a signature");
  world.signature_holds = false;
  const auto message = DownlinkWorld::message(order, world.topics.command(), kSignature, "desk");
  CHECK(world.ask(message).reason() == "the signature is not that of the key");
  CHECK(world.bus.written.empty());
  world.signature_holds = true;
  const auto answer = world.ask(message);
  CHECK(answer.outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(answer.command().by() == "platform/desk (desk 4)");
  // The signature is of the bytes as they came, with what they are for in front.
  const auto bytes = order.SerializeAsString();
  const std::string wanted = std::string("wayside.v1.Order") + '\0' + bytes;
  CHECK(world.verified.back().second == base::Bytes(wanted.begin(), wanted.end()));
  CHECK(world.verified.back().first == "desk");
}

TEST_CASE("a wrong signature is refused also where none is needed") {
  DownlinkWorld world;
  world.signature_holds = false;
  auto order = world.write_order();
  order.set_issued_wall_us(world.wall_us());
  const auto message = DownlinkWorld::message(order, world.topics.command(), kSignature, "desk");
  CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_REFUSED);
  CHECK(world.ask(DownlinkWorld::message(order, world.topics.command(), "short", "desk")).reason() ==
        "'signature' has 5 bytes: Ed25519 has 64");
  CHECK(world.ask(DownlinkWorld::message(order, world.topics.command(), kSignature, "")).reason() ==
        "'key' is missing");
}

TEST_CASE("a signed order that was recorded is of no use later") {
  DownlinkWorld world(DownlinkWorld::signed_only());
  auto order = world.write_order();
  order.set_issued_wall_us(world.wall_us());
  const auto message = DownlinkWorld::message(order, world.topics.command(), kSignature, "desk");
  CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_DONE);
  SECTION("within its life it is the same order") { CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_DONE); }
  SECTION("after it, too late") {
    world.time.run_for(std::chrono::minutes{1});
    auto played = message;
    played.expiry = std::chrono::seconds{100};
    CHECK(world.ask(played).outcome() == v1::ANSWER_OUTCOME_EXPIRED);
  }
  CHECK(world.bus.written.size() == 1);
  SECTION("nor may it be signed for long, for later, or without dates") {
    const auto reason = [&world](v1::Order other) {
      return world.ask(DownlinkWorld::message(other, world.topics.command(), kSignature, "desk")).reason();
    };
    auto other = order;
    other.set_expires_wall_us(other.issued_wall_us() + std::int64_t{11} * 60 * 1'000'000);
    CHECK(reason(other) == "a signed order lives for ten minutes at the most");
    other = order;
    other.set_issued_wall_us(world.wall_us() + std::int64_t{2} * 60 * 1'000'000);
    CHECK(reason(other) == "it was issued in the future, by the gateway's clock");
    other = order;
    other.clear_issued_wall_us();
    CHECK(reason(other) == "a signed order tells 'issued_wall_us' and 'expires_wall_us'");
  }
}

TEST_CASE("whoever may not give orders cannot take an id away from who may") {
  DownlinkWorld world(DownlinkWorld::signed_only());
  auto order = world.write_order();
  order.set_issued_wall_us(world.wall_us());
  CHECK(world.ask(order).outcome() == v1::ANSWER_OUTCOME_REFUSED);
  CHECK(world.ask(DownlinkWorld::message(order, world.topics.command(), kSignature, "desk")).outcome() ==
        v1::ANSWER_OUTCOME_DONE);
}

TEST_CASE("an answer goes only where the gateway's configuration lets it") {
  DownlinkWorld world;
  auto message = DownlinkWorld::message(alarms_query(), world.topics.query());
  for (const auto& topic :
       {"wayside/v1/a/b/c/d/gw-2/down/command", "wayside/answer/+", "wayside/answer/\n", "", "other"}) {
    message.response_topic = topic;
    CHECK(world.ask(message).outcome() == v1::ANSWER_OUTCOME_DONE);
    CHECK(world.link.sent.back().message.topic == "wayside/v1/a/b/c/d/gw-1/up/public/answer");
    CHECK(world.link.sent.back().message.correlation.empty());
  }
}

TEST_CASE("the newest values of a device can be asked for, sensitive ones only where that is allowed") {
  DownlinkWorld world;
  world.put("relay-1", "level", 42.0);
  v1::Order query;
  query.set_gateway("gw-1");
  query.mutable_points()->set_device("relay-1");
  const auto answer = world.ask(DownlinkWorld::message(query, world.topics.query()));
  REQUIRE(answer.points().values_size() == 7);
  const auto& level = answer.points().values(4);
  CHECK(level.point() == "level");
  CHECK(level.value() == 42.0);
  CHECK(level.has_offset_us());
  CHECK_FALSE(answer.points().values(0).has_value());
  CHECK_FALSE(answer.points().values(0).has_offset_us());
  query.mutable_points()->set_point("levle");
  CHECK(world.ask(DownlinkWorld::message(query, world.topics.query())).reason() ==
        "relay-1 has no point 'levle'; did you mean 'level'?");
  query.mutable_points()->set_device("relay-9");
  CHECK(world.ask(DownlinkWorld::message(query, world.topics.query())).reason() == "no device 'relay-9'");
}

TEST_CASE("alarms come worst first, without the sensitive ones") {
  DownlinkWorld world;
  model::AlarmRecord low;
  low.alarm = "g/low a";
  low.state = model::AlarmState::raised;
  low.severity = model::Severity::low;
  auto high = low;
  high.alarm = "g/high a";
  high.severity = model::Severity::high;
  auto hidden = high;
  hidden.data_class = model::DataClass::sensitive;
  auto over = high;
  over.state = model::AlarmState::normal;
  world.alarms = {low, hidden, high, over};
  const auto answer = world.ask(DownlinkWorld::message(alarms_query(), world.topics.query()));
  REQUIRE(answer.alarms().alarms_size() == 2);
  CHECK(answer.alarms().alarms(0).alarm() == "g/high a");
  CHECK(answer.alarms().alarms(1).alarm() == "g/low a");
  CHECK(answer.alarms().more() == 1);
}

TEST_CASE("history comes page by page, each when the broker has the one before, and the last says so") {
  DownlinkWorld world;
  world.time.run_for(std::chrono::hours{1});
  for (int i = 0; i < 1200; ++i) world.recorded("level", std::chrono::seconds{1200 - i}, i);
  v1::Order order;
  order.set_gateway("gw-1");
  order.set_id("h-1");
  auto& query = *order.mutable_history();
  query.set_device("relay-1");
  query.set_point("level");
  query.set_until_wall_us(world.wall_us());
  query.set_from_wall_us(world.wall_us() - std::int64_t{1100} * 1'000'000);
  const auto pages = world.give(DownlinkWorld::message(order, world.topics.query()));
  REQUIRE(pages.size() == 3);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto& page = pages[i].history();
    so_far += static_cast<std::uint64_t>(page.samples_size());
    CHECK(pages[i].outcome() == v1::ANSWER_OUTCOME_DONE);
    CHECK(pages[i].id() == "h-1");
    CHECK(page.page() == i);
    CHECK(page.last() == (i == 2));
    CHECK(page.so_far() == so_far);
  }
  CHECK(so_far == 1100);
  CHECK(pages[0].history().samples(0).value() == 100);
  CHECK(pages[0].history().samples(0).wall_us() == query.from_wall_us());
  CHECK(pages[2].history().samples().rbegin()->value() == 1199);
  query.set_point("levle");
  const auto none = world.ask(DownlinkWorld::message(order, world.topics.query()));
  CHECK(none.outcome() == v1::ANSWER_OUTCOME_DONE);
  CHECK(none.history().last());
  CHECK(none.reason() == "relay-1 has no point 'levle' now; did you mean 'level'?");
}

TEST_CASE("two histories at once and no more; a page that the broker does not take ends its history") {
  DownlinkWorld world;
  world.time.run_for(std::chrono::hours{1});
  for (int i = 0; i < 1200; ++i) world.recorded("level", std::chrono::seconds{1200 - i}, i);
  v1::Order order;
  order.set_gateway("gw-1");
  order.mutable_history()->set_device("relay-1");
  order.mutable_history()->set_until_wall_us(world.wall_us());
  const auto message = DownlinkWorld::message(order, world.topics.query());
  const auto before = world.link.sent.size();
  for (int i = 0; i < 3; ++i) world.downlink->received(message);
  world.time.run_for(std::chrono::seconds{1});
  REQUIRE(world.link.sent.size() == before + 3);
  const auto answer = [&world](std::size_t at) {
    v1::Answer out;
    const auto& payload = world.link.sent[at].message.payload;
    REQUIRE(out.ParseFromArray(payload.data(), static_cast<int>(payload.size())));
    return out;
  };
  std::size_t pages = 0;
  std::size_t refused = 0;
  for (auto i = before; i < before + 3; ++i) {
    const auto one = answer(i);
    pages += one.has_history() ? 1U : 0U;
    refused += one.outcome() == v1::ANSWER_OUTCOME_REFUSED ? 1U : 0U;
  }
  CHECK(pages == 2);
  CHECK(refused == 1);
  for (auto i = before; i < before + 3; ++i) {
    world.link.sent[i].done(base::Error{base::Errc::full, base::Consequence::drop_record, "refused"});
  }
  world.time.run_for(std::chrono::seconds{1});
  CHECK(world.link.sent.size() == before + 3);
  CHECK(world.give(message).size() == 3);
}

TEST_CASE("a flood of orders is not answered beyond a rate, and what comes after it is") {
  DownlinkWorld world;
  const auto message = DownlinkWorld::message(alarms_query(), world.topics.query());
  for (int i = 0; i < 500; ++i) world.downlink->received(message);
  CHECK(world.downlink->counters().dropped == 440);
  world.time.run_for(std::chrono::seconds{10});
  for (std::size_t i = 0; i < world.link.sent.size(); ++i) {  // more are sent meanwhile
    if (auto done = std::exchange(world.link.sent[i].done, {})) done({});
  }
  world.time.run_for(std::chrono::seconds{10});
  CHECK(world.answers_out.waiting() <= pipeline::Answers::kMost);
  world.downlink->received(message);
  CHECK(world.downlink->counters().dropped == 440);
}

TEST_CASE("what may not be asked fills the trail only up to a rate") {
  pipeline::DownlinkRules nothing;
  DownlinkWorld world(nothing);
  for (int i = 0; i < 700; ++i) {
    world.downlink->received(DownlinkWorld::message(world.write_order(), world.topics.command()));
    world.time.run_for(std::chrono::milliseconds{100});
  }
  CHECK(world.trail->number() == pipeline::AuditTrail::kMostRefused);
  CHECK(world.trail->untold() == 100);
  world.time.run_for(std::chrono::hours{1});
  world.downlink->received(DownlinkWorld::message(world.write_order(), world.topics.command()));
  CHECK(world.notes().back().detail.starts_with("(100 refusals before this were not told) refused: "));
}
