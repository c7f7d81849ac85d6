#include "daemon/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "daemon/birth.hpp"
#include "wire/encode.hpp"

namespace wayside::daemon {
namespace {

constexpr const char* kCatalogueSpace = "catalogue";  // key: class/hash in hex
constexpr const char* kEpochSpace = "epoch";          // key "announced": the epoch whose start was told
constexpr const char* kAnnounced = "announced";
constexpr auto kTimeCheck = std::chrono::seconds{1};
constexpr auto kDrain = std::chrono::seconds{2};
constexpr auto kDrainStep = std::chrono::milliseconds{50};

std::string catalogue_key(model::DataClass c, const base::Bytes& hash) {
  return std::string(model::to_string(c)) + "/" + base::to_hex(hash);
}

base::Bytes encode_epoch(model::Epoch epoch) {
  base::ByteWriter out;
  out.u64(static_cast<std::uint64_t>(epoch));
  return out.take();
}

wire::Codec codec_of(const config::GatewayConfig& config) {
  const bool plain = config.uplink && config.uplink->codec == config::BodyCodec::none;
  return plain ? wire::Codec::none : wire::Codec::zstd;
}

std::string name_of(const config::BrokerAddress& broker) {
  const bool v6 = broker.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", broker.tls ? "mqtts" : "mqtt", v6 ? "[" : "", broker.host, v6 ? "]" : "",
                     broker.port);
}

std::optional<ports::MqttVersion> version_of(config::MqttVersion version) {
  switch (version) {
    case config::MqttVersion::automatic: return std::nullopt;
    case config::MqttVersion::v5: return ports::MqttVersion::v5;
    case config::MqttVersion::v3: return ports::MqttVersion::v3;
  }
  return std::nullopt;
}

rules::LoadLimits limits_of(const config::AlarmLoadConfig& alarms) {
  return {alarms.chatter_raises, alarms.chatter_within, alarms.chatter_over,
          alarms.flood_over,     alarms.flood_under,    alarms.flood_within};
}

}  // namespace

Gateway::Gateway(const config::GatewayConfig& config, site::Assembly assembly, Seams seams)
    : config_(config),
      assembly_(std::move(assembly)),
      seams_(std::move(seams)),
      topics_(config.responsible.area, config.id),
      catalogues_(wire::Catalogues::build(config.id, *assembly_.points)),
      dictionary_(pipeline::publish(assembly_.dictionary, {seams_.software_version, config.id.value})) {
  if (!dictionary_) base::log::warn("dictionary.too_large", {{"bytes_at_most", pipeline::kMostDictionary}});
  assembly_.dictionary = {};  // published it is all that is needed
}

Gateway::~Gateway() {
  if (time_timer_ != base::TimerId::none) seams_.core.cancel(time_timer_);
}

base::Result<std::unique_ptr<Gateway>> Gateway::build(const config::GatewayConfig& config, site::Assembly assembly,
                                                      Seams seams) {
  std::unique_ptr<Gateway> gateway(new Gateway(config, std::move(assembly), std::move(seams)));
  auto& s = gateway->seams_;
  if (auto loaded = gateway->load_state(); !loaded) return loaded.error();
  gateway->forwarder_ = std::make_unique<pipeline::Forwarder>(pipeline::Forwarder::Parts{
      config.id, gateway->topics_, s.outbox, *gateway->time_, s.core, gateway->budget_.get()});
  gateway->answers_ = std::make_unique<pipeline::Answers>(*gateway->forwarder_, s.core);
  gateway->notices_ = std::make_unique<pipeline::Notices>(
      pipeline::Notices::Parts{config.id, s.clock.boot_id(), gateway->topics_, *gateway->time_, *gateway->answers_});
  gateway->make_link();
  gateway->recorder_ = std::make_unique<pipeline::Recorder>(
      pipeline::Recorder::Options{config.store.telemetry_loss_window},
      wire::Chunker(s.clock.boot_id(), codec_of(config), gateway->catalogues_), s.outbox, s.core, *gateway->forwarder_);
  if (gateway->link_) gateway->recorder_->set_notices(gateway->notices_.get());
  std::vector<model::DeviceId> ids;
  std::vector<model::BusId> buses;
  std::vector<model::Responsibility> places;
  for (const auto& device : config.devices) {
    ids.push_back(device.id);
    buses.push_back(device.bus);
    places.push_back(device.responsible);
  }
  gateway->watch_ = std::make_unique<pipeline::FieldWatch>(pipeline::FieldWatch::Parts{
      *gateway->assembly_.points, *gateway->time_, s.core, ids, std::move(places), gateway->stored_assets_});
  gateway->alarm_watch_ = std::make_unique<pipeline::AlarmWatch>(
      pipeline::AlarmWatch::Parts{*gateway->time_, config.id, config.responsible, std::move(gateway->stored_kpi_),
                                  std::move(gateway->stored_history_), limits_of(config.alarms)});
  gateway->judge_ = std::make_unique<pipeline::Judge>(pipeline::Judge::Parts{
      *gateway->assembly_.points, *gateway->assembly_.rules, *gateway->recorder_, *gateway->time_, s.core,
      std::move(ids), std::move(buses), gateway->watch_.get(), gateway->alarm_watch_.get(), gateway->audit_.get()});
  gateway->link_watch_ = std::make_unique<pipeline::LinkWatch>(*gateway->notices_, *gateway->judge_,
                                                               *gateway->assembly_.points, config.id, s.core);
  std::vector<const device::Driver*> drivers;
  for (const auto& device : gateway->assembly_.devices) drivers.push_back(device.driver.get());
  gateway->make_pollers();
  if (auto made = gateway->make_commander(drivers); !made) return made.error();
  if (auto made = gateway->make_repairs(); !made) return made.error();
  gateway->historian_ = std::make_unique<pipeline::Historian>(
      pipeline::Historian::Parts{s.history, *gateway->time_, *gateway->assembly_.points, gateway->stored_catalogues_});
  gateway->make_downlink();
  if (auto made = gateway->make_sparkplug(); !made) return made.error();
  gateway->judge_->observe([g = gateway.get()](const model::Event& event) {
    if (g->sparkplug_) g->sparkplug_->saw(event);
    if (g->observer_) g->observer_(event);
  });
  return gateway;
}

base::Result<void> Gateway::load_state() {
  auto& table = seams_.state;
  const auto boots = table.load(pipeline::TimeKeeper::kSpace);
  if (!boots) return boots.error();
  const char* source = config_.clock == config::ClockTrust::rtc ? "rtc" : "system";
  time_ = std::make_unique<pipeline::TimeKeeper>(seams_.clock, source, *boots);
  assembly_.site_clock->follow(time_.get());

  const auto budget = table.load(pipeline::ByteBudget::kSpace);
  if (!budget) return budget.error();
  const auto carried = std::ranges::find(*budget, pipeline::ByteBudget::kKey, &ports::StateEntry::key);
  pipeline::ByteBudget::Limits limits;
  if (config_.uplink) limits = {config_.uplink->budget_day, config_.uplink->budget_month};
  budget_ = std::make_unique<pipeline::ByteBudget>(
      limits, *assembly_.site_clock, carried == budget->end() ? std::nullopt : std::optional(carried->value),
      seams_.core.now());

  auto catalogues = table.load(kCatalogueSpace);
  if (!catalogues) return catalogues.error();
  stored_catalogues_ = std::make_shared<pipeline::Historian::StoredCatalogues>(std::move(*catalogues));
  // What a damaged page made of one must not be published for it.
  std::erase_if(*stored_catalogues_, [](const auto& entry) {
    const bool whole = entry.key.ends_with("/" + base::to_hex(wire::catalogue_hash(entry.value)));
    if (!whole) base::log::error("state.damaged_catalogue", {{"catalogue", entry.key}});
    return !whole;
  });

  const auto alarms = table.load(pipeline::Judge::kAlarmSpace);
  if (!alarms) return alarms.error();
  for (const auto& entry : *alarms) {
    if (auto record = wire::decode_record(entry.value)) {
      stored_alarms_.push_back(std::move(*record));
    } else {
      base::log::error("state.unreadable_alarm", {{"alarm", entry.key}});
    }
  }
  auto kpi = table.load(pipeline::AlarmWatch::kKpiSpace);
  if (!kpi) return kpi.error();
  stored_kpi_ = std::move(*kpi);
  auto history = table.load(pipeline::AlarmWatch::kHistorySpace);
  if (!history) return history.error();
  stored_history_ = std::move(*history);

  auto drivers = table.load(pipeline::Judge::kDriverSpace);
  if (!drivers) return drivers.error();
  for (auto& entry : *drivers) stored_drivers_[entry.key] = std::move(entry.value);

  auto assets = table.load(pipeline::AssetBook::kSpace);
  if (!assets) return assets.error();
  stored_assets_ = std::move(*assets);

  auto baselines = table.load(pipeline::BaselineKeeper::kSpace);
  if (!baselines) return baselines.error();
  stored_baselines_ = std::move(*baselines);
  auto priors = table.load(pipeline::BaselineShare::kSpace);
  if (!priors) return priors.error();
  stored_priors_ = std::move(*priors);

  const auto audit = table.load(pipeline::AuditTrail::kSpace);
  if (!audit) return audit.error();
  audit_ = std::make_unique<pipeline::AuditTrail>(*audit);

  const auto epoch = table.load(kEpochSpace);
  if (!epoch) return epoch.error();
  const auto announced = encode_epoch(seams_.store_report.epoch);
  epoch_announced_ = std::ranges::any_of(
      *epoch, [&announced](const auto& entry) { return entry.key == kAnnounced && entry.value == announced; });
  return {};
}

uplink::LinkOptions Gateway::link_options() const {
  uplink::LinkOptions options;
  options.brokers.clear();
  for (const auto& broker : config_.uplink->brokers) options.brokers.push_back(name_of(broker));
  options.version = version_of(config_.uplink->version);
  options.connect.client_id = config_.uplink->client_id;
  options.connect.keep_alive = config_.uplink->keep_alive;
  return options;
}

void Gateway::make_link() {
  if (seams_.sessions == nullptr || !config_.uplink) return;
  auto options = link_options();
  options.connect.will =
      ports::MqttMessage{topics_.state(), wire::encode_state(state(false)), true, "application/x-protobuf"};
  options.announcements = [this] { return announcements(); };
  options.afterwards = [this] { return explanations(); };
  options.subscriptions = {topics_.command(), topics_.query()};
  options.received = [this](const ports::MqttMessage& message) { downlink_->received(message); };
  options.sent = [this](std::size_t bytes) { budget_->sent(bytes, seams_.core.now()); };
  link_ = std::make_unique<uplink::Link>(std::move(options), *seams_.sessions, seams_.core, seams_.random);
  forwarder_->set_link(*link_);
  answers_->set_link(*link_);
  notices_->set_link(*link_);
}

void Gateway::make_pollers() {
  std::vector<bool> is_input(assembly_.points->size(), false);
  for (const auto point : assembly_.rules->inputs()) is_input[model::index(point)] = true;
  for (const auto& bus : config_.buses) {
    std::vector<pipeline::PolledDevice> polled;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < assembly_.devices.size(); ++i) {
      auto& device = assembly_.devices[i];
      if (device.config->bus != bus.id) continue;
      const auto& profile = device.config->profile;
      const auto first = is_input.begin() + static_cast<std::ptrdiff_t>(model::index(device.first_point));
      const auto points = static_cast<std::ptrdiff_t>(device.driver->points().size());
      polled.push_back({.id = device.config->id,
                        .unit = device.config->unit,
                        .driver = std::move(device.driver),
                        .first_point = device.first_point,
                        .timeout = profile.response_timeout,
                        .state = stored_drivers_[device.config->id.value],
                        .identity = profile.identity,
                        .setup = pipeline::setup_for(profile, device.config->options),
                        .quiet = profile.quiet,
                        .limits = {profile.max_hole, profile.max_read_registers, device.config->period},
                        .alarm_points = {first, first + points}});
      indices.push_back(i);
    }
    const auto seam = seams_.bus(bus);
    auto& to_core = hand_overs_[&seam.home];
    if (!to_core) to_core = std::make_unique<pipeline::HandOver>(seam.home, seams_.core, *judge_);
    buses_.push_back(
        {seam,
         std::make_unique<pipeline::Poller>(
             std::move(polled), std::move(indices), seams_.clock.boot_id(), seam.bus, seam.home, seams_.core, *judge_,
             pipeline::PollerOptions{
                 .bus = bus.id.value, .dead_share = 10 * bus.silent_airtime, .hand_over = to_core.get()})});
  }
}

wire::GatewayState Gateway::state(bool online) const {
  wire::GatewayState out;
  out.gateway = config_.id;
  out.online = online;
  out.epoch = seams_.store_report.epoch;
  out.boot = seams_.clock.boot_id();
  out.responsible = config_.responsible;
  out.area_names = config_.area_names;
  out.software_version = seams_.software_version;
  out.position = config_.position;
  out.time_zone = config_.time_zone;
  std::set<std::string> profiles;
  for (const auto& d : config_.devices) profiles.insert(d.profile.name + "@" + std::to_string(d.profile.version));
  out.profiles.assign(profiles.begin(), profiles.end());
  for (const auto c : model::kDataClasses) {
    if (const auto& catalogue = catalogues_.of(c)) out.catalogues.push_back(catalogue->hash);
  }
  if (dictionary_) out.dictionary = dictionary_->hash;
  out.capabilities = capabilities(config_);
  out.rule_packs = rule_packs(config_);
  out.insecure = config_.uplink && config_.uplink->insecure;
  return out;
}

std::vector<ports::MqttMessage> Gateway::announcements() const {
  const std::string type = "application/x-protobuf";
  std::vector<ports::MqttMessage> out;
  out.push_back({topics_.state(), wire::encode_state(state(true)), true, type});
  // Also those of earlier configurations: chunks that name them may still wait.
  for (const auto& entry : *stored_catalogues_) {
    const auto slash = entry.key.find('/');
    const auto c = model::parse_data_class(entry.key.substr(0, slash));
    const auto hash = base::from_hex(slash == std::string::npos ? "" : entry.key.substr(slash + 1));
    if (c && hash) out.push_back({topics_.catalogue(*c, *hash), entry.value, true, type});
  }
  return out;
}

std::vector<ports::MqttMessage> Gateway::explanations() const {
  std::vector<ports::MqttMessage> out;
  out.push_back({topics_.descriptor(), wire::encode_descriptor_set(), true, "application/x-protobuf"});
  if (dictionary_) out.push_back({topics_.dictionary(), dictionary_->encoded, true, "application/json"});
  return out;
}

void Gateway::start(Gateway* before) {
  started_ = seams_.clock.boot_now();
  if (before != nullptr) recorder_->adopt(*before->recorder_);
  announce_epoch();
  check_time();
  announce_catalogues();
  baselines_ = std::make_unique<pipeline::BaselineKeeper>(*assembly_.rules, *judge_, seams_.core);
  baselines_->restore(stored_baselines_);
  stored_baselines_.clear();
  baselines_->start();
  baseline_share_ = std::make_unique<pipeline::BaselineShare>(
      pipeline::BaselineShare::Parts{*assembly_.rules, *assembly_.points, *judge_, *recorder_, seams_.core});
  baseline_share_->restore(stored_priors_);
  stored_priors_.clear();
  judge_->restore(stored_alarms_);
  if (before != nullptr) judge_->adopt(*before->judge_);
  if (!seams_.takes_over) {
    judge_->audit({model::AuditOrigin::gateway, "", "start", "", std::string(model::kAuditDone),
                   seams_.software_version, "", ""});
  }
  audit_keeper_ =
      std::make_unique<AuditKeeper>(AuditKeeper::Parts{*audit_, *judge_, config_.id, seams_.signing_key, seams_.core});
  audit_keeper_->start();
  watch_->start(*judge_);
  link_watch_->start();
  if (link_) {
    link_->start(*link_watch_);
    link_keeper_ = std::make_unique<LinkKeeper>(LinkKeeper::Parts{*link_, *link_watch_, seams_.tls, *budget_,
                                                                  *forwarder_, *recorder_, config_.uplink->keep_alive,
                                                                  seams_.clock, seams_.core});
    link_keeper_->start();
    if (sparkplug_) sparkplug_->start();
  }
  for (auto& bus : buses_) {
    bus.seam.home.post([poller = bus.poller.get()] { poller->start(); });
  }
  commander_->start();
  repairs_->start();
  losses_ = std::make_unique<pipeline::LossTeller>(seams_.ledger, *judge_, seams_.core);
  losses_->start();
  start_health();
}

void Gateway::announce_epoch() {
  if (epoch_announced_) return;
  const auto& report = seams_.store_report;
  if (report.epoch == model::Epoch{}) return;  // the store is away: a new gateway follows when it is back
  const auto& origin = report.origin;
  const model::EpochStarted started{origin.reason.empty() ? "not told before" : origin.reason, origin.old_epoch,
                                    origin.last_numbers};
  judge_->record({seams_.clock.boot_now(), model::DataClass::internal, started},
                 {{kEpochSpace, kAnnounced, encode_epoch(report.epoch)}});
}

// Committed before the first chunk that uses it: commits keep their order.
void Gateway::announce_catalogues() {
  for (const auto c : model::kDataClasses) {
    const auto& catalogue = catalogues_.of(c);
    if (!catalogue) continue;
    const auto key = catalogue_key(c, catalogue->hash);
    if (std::ranges::any_of(*stored_catalogues_, [&key](const auto& entry) { return entry.key == key; })) continue;
    stored_catalogues_->push_back({key, catalogue->encoded});
    judge_->record({seams_.clock.boot_now(), c, model::CatalogueEvent{catalogue->encoded}},
                   {{kCatalogueSpace, key, catalogue->encoded}});
  }
}

void Gateway::check_time() {
  if (auto taken = time_->check()) {
    judge_->clock_known();  // its changes go with the anchor's commit
    judge_->record({seams_.clock.boot_now(), model::DataClass::internal, taken->anchor}, std::move(taken->changes));
  }
  time_timer_ = seams_.core.post_at(seams_.core.now() + kTimeCheck, [this] { check_time(); });
}

std::vector<model::AlarmRecord> Gateway::alarms() const {
  auto records = assembly_.rules->alarms();
  for (const auto& [alarm, record] : alarm_watch_->alarms()) records.push_back(record);
  for (auto& record : records) record.since_wall_us = judge_->since(record.alarm);
  return records;
}

void Gateway::stop(base::Task done) { end(Ending::program, std::move(done)); }

void Gateway::hand_over(base::Task done) {
  // The link first: no order comes any more, while polls go on. Then nothing is recorded behind the flush.
  auto then = [this, done = std::move(done)]() mutable { end(Ending::configuration, std::move(done)); };
  if (link_keeper_) link_keeper_->stop();
  link_watch_->stop();
  if (!link_) return then();
  stop_links(std::move(then));
}

void Gateway::stop_links(base::Task done) {
  if (!sparkplug_) return link_->stop(std::move(done));
  sparkplug_->stop([this, done = std::move(done)]() mutable { link_->stop(std::move(done)); });
}

void Gateway::end(Ending ending, base::Task done) {
  repairs_->stop();
  if (losses_ && ending == Ending::configuration) losses_->stop();
  if (time_timer_ != base::TimerId::none) seams_.core.cancel(std::exchange(time_timer_, base::TimerId::none));
  stop_pollers(ending, [this, ending, done = std::move(done)]() mutable {
    watch_->stop();
    link_watch_->stop();
    if (link_keeper_) link_keeper_->stop();
    if (baselines_) baselines_->stop();
    if (health_) health_->stop();
    if (audit_keeper_) audit_keeper_->stop();
    if (ending == Ending::configuration) {
      judge_->stop();
      return recorder_->flush([this, done = std::move(done)]() mutable {
        recorder_->stop();
        done();
      });
    }
    judge_->audit({model::AuditOrigin::gateway, "", "stop", "", std::string(model::kAuditDone), "", "", ""});
    recorder_->flush([this, done = std::move(done)]() mutable { drain(seams_.core.now() + kDrain, std::move(done)); });
  });
}

void Gateway::drain(base::BootTime deadline, base::Task done) {
  if (!link_) return seams_.core.post(std::move(done));
  if (!link_->is_up() || seams_.core.now() >= deadline) return stop_links(std::move(done));
  seams_.outbox.stats([this, deadline, done = std::move(done)](const ports::OutboxStats& stats) mutable {
    if (stats.chunks == 0) return stop_links(std::move(done));
    seams_.core.post_at(seams_.core.now() + kDrainStep,
                        [this, deadline, done = std::move(done)]() mutable { drain(deadline, std::move(done)); });
  });
}

void Gateway::stop_pollers(Ending ending, base::Task done) {
  pollers_stopped_ = std::move(done);
  pollers_running_ = buses_.size();
  if (buses_.empty()) return seams_.core.post(std::move(pollers_stopped_));
  for (auto& bus : buses_) {
    bus.seam.home.post([this, ending, poller = bus.poller.get(), results = hand_overs_.at(&bus.seam.home).get()] {
      const auto stopped = [this, results] {
        results->flush();
        seams_.core.post([this] {
          if (--pollers_running_ == 0) pollers_stopped_();
        });
      };
      if (ending == Ending::configuration) return poller->stop(stopped);
      poller->stop();
      stopped();
    });
  }
}

}  // namespace wayside::daemon
