#include "daemon/app.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "base/log_limit.hpp"
#include "control/server.hpp"
#include "daemon/asio_scheduler.hpp"
#include "daemon/bus_loans.hpp"
#include "daemon/check.hpp"
#include "daemon/config_life.hpp"
#include "daemon/config_start.hpp"
#include "daemon/config_versions.hpp"
#include "daemon/control_alarms.hpp"
#include "daemon/control_audit.hpp"
#include "daemon/control_baselines.hpp"
#include "daemon/control_buses.hpp"
#include "daemon/control_commands.hpp"
#include "daemon/control_config.hpp"
#include "daemon/control_handler.hpp"
#include "daemon/control_history.hpp"
#include "daemon/control_inquiry.hpp"
#include "daemon/describe.hpp"
#include "daemon/downlink_assembly.hpp"
#include "daemon/gateway.hpp"
#include "daemon/lines.hpp"
#include "daemon/metrics_page.hpp"
#include "daemon/metrics_server.hpp"
#include "daemon/process_health.hpp"
#include "daemon/row_seal.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/service_status.hpp"
#include "daemon/system_clock.hpp"
#include "daemon/version_files.hpp"
#include "daemon/watchdog.hpp"
#include "daemon/withhold.hpp"
#include "daemon/worker.hpp"
#include "store/sqlite_outbox.hpp"
#include "uplink/paho_session.hpp"

namespace wayside::daemon {
namespace {

constexpr int kExitIo = 74;

// A gigabyte of chunks, salvaged from a damaged database on a slow card: meanwhile no one feeds the watchdog. Also the
// unit's TimeoutStartSec.
constexpr std::chrono::minutes kLongestOpening{15};

base::Result<std::string> read_password(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) {
    return base::Error{base::Errc::config, base::Consequence::fatal,
                       file + ": cannot read a password from its first line"};
  }
  return line;
}

store::Bounds bounds_of(const config::StoreConfig& config) {
  return {
      .max_bytes = config.max_bytes, .min_free = config.min_free, .max_age = config.max_age, .history = config.history};
}

// What an App ends with: nothing, or what is to be run next.
struct Ending {
  bool again = false;                   // the store must be opened anew, and with it everything that has read from it
  std::optional<site::Candidate> next;  // another configuration; none: the same
  std::optional<ConfigTrial> trial;     // that is under way
  std::uint64_t running = 0;            // the version to be run
};

class App {
 public:
  // How the configuration came to be at work.
  struct Origin {
    std::string file;  // of the command line
    std::uint64_t version = 0;
    std::string trouble;
    base::Bytes digest;
    std::optional<ConfigTrial> trial;
  };
  App(std::unique_ptr<config::GatewayConfig> config, site::Assembly assembly, ConfigVersions& versions, Origin origin,
      const ServiceManager& manager)
      : config_(std::move(config)),
        assembly_(std::move(assembly)),
        versions_(versions),
        origin_(std::move(origin)),
        manager_(manager),
        clock_(config_->clock) {}

  ~App() {
    // Threads first, then what they used; what still waits in the store is written last.
    keeper_.stop();
    field_.stop();
    lines_.stop();
    store_.stop();
    store_read_.stop();
    metrics_.reset();
    life_.reset();
    server_.reset();
    status_.reset();
    watchdog_.reset();
    gateway_.reset();
    retired_.clear();
    if (outbox_) outbox_->close();
  }

  base::Result<void> build() {
    if (config_->store.seal) {
      auto sealer = make_sealer(*config_->store.seal);
      if (!sealer) return sealer.error();
      sealer_ = std::move(*sealer);
    }
    outbox_ = store::SqliteOutbox::open(config_->store.path, {}, {core_, store_.scheduler(), store_read_.scheduler()},
                                        random_, bounds_of(config_->store), sealer_.get());
    outbox_->when_lost([this] { start_over({}); });
    auto sessions = make_sessions(*config_);
    if (!sessions) return sessions.error();
    sessions_ = std::move(*sessions);
    read_keys();
    auto gateway = Gateway::build(*config_, std::move(assembly_), seams(*config_, *outbox_, sessions_.get(), false));
    if (!gateway) return gateway.error();
    gateway_ = std::move(*gateway);
    make_life();
    auto server = control::Server::listen(
        io_, config_->control_socket,
        [this](const auto& request, const control::Peer& peer, auto answer) {
          handle(request, peer, std::move(answer));
        },
        [this](const auto& request, const control::Peer& peer) { note_refused(request, peer); });
    if (!server) return server.error();
    server_ = std::move(*server);
    gateway_->observe([this](const model::Event& event) { tell_tails(event); });
    open_metrics();
    report_status();
    pace_log();
    return {};
  }

  // Until a signal, or until the App must be made anew.
  Ending run() {
    store_.start();
    store_read_.start();
    field_.start();
    keeper_.start();
    lines_.start();
    wait_for_signal();
    watch_threads();
    core_.post([this] {
      gateway_->start();
      life_->start();
      manager_.ready();
      if (status_) status_->start();
    });
    base::log::info("gateway.started", {{"id", config_->id.value},
                                        {"devices", config_->devices.size()},
                                        {"rules", gateway_->assembly().rules->rule_count()}});
    io_.run();
    return std::move(ending_);
  }

  // After the end, for a start with the same configuration.
  [[nodiscard]] std::unique_ptr<config::GatewayConfig> release_config() { return std::move(config_); }
  [[nodiscard]] base::Bytes digest() const { return origin_.digest; }

 private:
  // A gateway that has handed over, until nothing that it has set going can come back any more.
  struct Retired {
    std::unique_ptr<uplink::PahoSessionFactory> sessions;
    std::unique_ptr<config::GatewayConfig> config;
    std::unique_ptr<Gateway> gateway;
  };

  Seams seams(const config::GatewayConfig& config, ports::StateTable& state, uplink::PahoSessionFactory* sessions,
              bool takes_over) {
    return {clock_,
            random_,
            core_,
            [this](const auto& b) { return lines_.use(b); },
            *outbox_,
            state,
            *outbox_,
            *outbox_,
            outbox_->report(),
            sessions,
            tls_files(config),
            WAYSIDE_VERSION,
            read_process_health,
            config.uplink ? make_verifier(config.uplink->downlink) : pipeline::Downlink::Verify{},
            signing_key_ ? &*signing_key_ : nullptr,
            [this](model::ConfigOrder order, const model::Asker& by, pipeline::Downlink::TakeAnswer answer) {
              take_config(*life_, std::move(order), by, std::move(answer));
            },
            takes_over};
  }

  // Null: no uplink is configured.
  base::Result<std::unique_ptr<uplink::PahoSessionFactory>> make_sessions(const config::GatewayConfig& config) {
    if (!config.uplink) return nullptr;
    auto password = read_password(config.uplink->password_file);
    if (!password) return password.error();
    return std::make_unique<uplink::PahoSessionFactory>(paho_options(config, *std::move(password)), core_);
  }

  uplink::PahoOptions paho_options(const config::GatewayConfig& config, std::string password) {
    uplink::PahoOptions out;
    for (const auto& broker : config.uplink->brokers) out.brokers.push_back({broker.host, broker.port, broker.tls});
    out.tls = tls_files(config).value_or(uplink::TlsFiles{});
    out.username = config.uplink->username;
    out.password = std::move(password);
    out.why = [this, files = out.tls](const uplink::PahoBroker& broker, auto done) {
      uplink::probe_broker(io_, broker.host, broker.port, broker.tls ? std::optional(files) : std::nullopt,
                           std::move(done));
    };
    out.clock_trusted = [this] { return clock_.wall_trusted(); };
    return out;
  }

  // Without its key the gateway still does all it does: only no one can tell that the trail is his.
  void read_keys() {
    auto key = seal::SigningKey::load_or_make(config_->audit.key_file);
    if (key) {
      signing_key_ = std::move(*key);
    } else {
      base::log::error("audit.key", {{"what", key.error().what}});
    }
  }

  // --- another configuration ---------------------------------------------------------------------------------------

  void make_life() {
    ConfigLife::Parts parts{versions_,
                            core_,
                            keeper_.scheduler(),
                            clock_,
                            device::driver_table(),
                            origin_.file,
                            [this](site::Candidate candidate, ConfigLife::Switched done) {
                              put_to_work(std::move(candidate), std::move(done));
                            },
                            [this]() -> const config::GatewayConfig& { return *config_; },
                            [this] { return vitals_of(*gateway_); },
                            [this](model::AuditNote note) { gateway_->judge().audit(std::move(note)); },
                            origin_.digest,
                            origin_.version,
                            origin_.trouble,
                            std::move(origin_.trial),
                            [this]() -> const site::Assembly& { return gateway_->assembly(); }};
    life_ = std::make_unique<ConfigLife>(std::move(parts));
  }

  void put_to_work(site::Candidate candidate, ConfigLife::Switched done) {
    if (site::difference(*config_, *candidate.config).starts_over) {
      // Whoever asked hears of it first: his connection ends with this.
      done({});
      next_ = std::move(candidate);
      core_.post_at(core_.now() + kUntilStartOver, [this] { start_over(std::move(next_)); });
      return;
    }
    wait_for_commands(core_.now() + kMostForCommands, std::move(candidate), std::move(done));
  }

  // What has begun on a device ends there, and is told by who began it.
  void wait_for_commands(base::BootTime until, site::Candidate candidate, ConfigLife::Switched done) {
    if (gateway_->commander().is_idle()) return hand_over(std::move(candidate), std::move(done));
    if (core_.now() >= until) {
      return done(base::Error{base::Errc::timeout, base::Consequence::retry_later,
                              "commands are under way that do not end; apply it later"});
    }
    core_.post_at(core_.now() + kLookAtCommands,
                  [this, until, candidate = std::move(candidate), done = std::move(done)]() mutable {
                    wait_for_commands(until, std::move(candidate), std::move(done));
                  });
  }

  void hand_over(site::Candidate candidate, ConfigLife::Switched done) {
    if (gateway_->recorder().is_refused()) {
      return done(base::Error{base::Errc::io, base::Consequence::retry_later,
                              "the disk takes no writes: what waits in memory would be lost"});
    }
    hands_over_ = true;
    gateway_->hand_over([this, candidate = std::move(candidate), done = std::move(done)]() mutable {
      outbox_->copy_state([this, candidate = std::move(candidate),
                           done = std::move(done)](base::Result<ports::StateCopy> state) mutable {
        take_over(std::move(candidate), std::move(state), std::move(done));
      });
    });
  }

  void take_over(site::Candidate candidate, base::Result<ports::StateCopy> state, ConfigLife::Switched done) {
    hands_over_ = false;
    if (!state) {  // the database is away: all is made anew, with the configuration of before
      done(state.error().in("what the gateway knows cannot be read"));
      return start_over({});
    }
    // Where the disk took no writes in the end, this is what waits for it.
    for (const auto& change : gateway_->recorder().pending_state()) state->apply(change);
    auto taken = replace(std::move(candidate.config), std::move(*candidate.assembly), *state);
    if (taken) {
      origin_.digest = candidate.digest;
      return done({});
    }
    base::log::error("config.not_taken_over", {{"why", taken.error().what}});
    auto assembled = site::assemble(*config_, device::driver_table());
    auto config = std::make_unique<config::GatewayConfig>(*config_);
    if (assembled.value) assembled = site::assemble(*config, device::driver_table());
    if (!assembled.value || !replace(std::move(config), std::move(*assembled.value), *state)) {
      start_over({});  // the whole way, then
    }
    done(taken.error());
  }

  base::Result<void> replace(std::unique_ptr<config::GatewayConfig> config, site::Assembly assembly,
                             ports::StateCopy& state) {
    auto sessions = make_sessions(*config);
    if (!sessions) return sessions.error();
    lines_.begin_anew();
    auto gateway = Gateway::build(*config, std::move(assembly), seams(*config, state, sessions->get(), true));
    if (!gateway) return gateway.error();
    retire({std::move(sessions_), std::move(config_), std::move(gateway_)});
    sessions_ = std::move(*sessions);
    config_ = std::move(config);
    gateway_ = std::move(*gateway);
    gateway_->observe([this](const model::Event& event) { tell_tails(event); });
    base::log::set_level(config_->log_level);
    if (retired_.back().config->metrics != config_->metrics) open_metrics();
    lines_.start();
    watch_threads();
    gateway_->start(retired_.back().gateway.get());
    return {};
  }

  // Tasks that the retired gateway has posted, and answers that it waits for, come within this time.
  void retire(Retired retired) {
    retired_.push_back(std::move(retired));
    core_.post_at(core_.now() + kRetiredFor, [this, unused = lines_.retire_unused()] {
      // Behind all that the threads of the store have still to answer.
      outbox_->stats([this, unused](const ports::OutboxStats& /*an answer is enough*/) {
        store_read_.scheduler().post([this, unused] {
          core_.post([this, unused] {
            retired_.erase(retired_.begin());
            lines_.bury(unused);
          });
        });
      });
    });
  }

  void handle(const control::v1::Request& request, const control::Peer& peer, control::Answer answer) {
    if (is_about_config(request)) return handle_config(*life_, core_, request, peer, std::move(answer));
    if (hands_over_ && control::needed(request) != control::Role::view) {
      control::v1::Response busy;  // what is done now would not be known to who comes
      busy.set_error("the configuration is being changed; ask again in a moment");
      return answer(std::move(busy));
    }
    if (peer.role == control::Role::view) answer = without_sensitive(*gateway_, request, std::move(answer));
    if (is_command(request)) return handle_command(*gateway_, request, peer, std::move(answer));
    if (is_about_alarms(request)) return handle_alarms(*gateway_, request, peer, std::move(answer));
    if (is_about_audit(request)) return handle_audit(*gateway_, request, std::move(answer));
    if (is_about_baselines(request)) return handle_baselines(*gateway_, request, peer, std::move(answer));
    if (request.has_bus_read()) return loans_.read(*gateway_, request.bus_read(), peer, std::move(answer));
    if (is_about_buses(request)) return handle_buses(*gateway_, request, std::move(answer));
    if (request.has_history()) return answer_history(*gateway_, request.history(), peer.role, std::move(answer));
    if (is_inquiry(request)) return handle_inquiry(*gateway_, request, std::move(answer));
    handle_request(*gateway_, request, std::move(answer));
  }

  // A gateway that cannot be watched goes on all the same.
  void open_metrics() {
    metrics_.reset();
    if (!config_->metrics) return;
    auto server = MetricsServer::listen(io_, *config_->metrics, [this](auto answer) {
      make_metrics_page(*gateway_, life_->running(), std::move(answer));
    });
    if (!server) return base::log::error("metrics.not_told", {{"what", server.error().what}});
    metrics_ = std::move(*server);
  }

  void note_refused(const control::v1::Request& request, const control::Peer& peer) {
    const auto* field = request.GetDescriptor()->FindFieldByNumber(static_cast<int>(request.request_case()));
    gateway_->judge().audit({model::AuditOrigin::local, peer.user, field == nullptr ? "?" : field->name(), "",
                             std::string(model::kAuditRefused),
                             fmt::format("needs the role {}", control::to_string(control::needed(request))), "", ""});
  }

  void tell_tails(const model::Event& event) {
    if (!server_ || !server_->has_tails()) return;
    const auto told = [&](Sensitive sensitive) {
      return describe(event, *gateway_->assembly().points, gateway_->time().wall_of(event.at), sensitive);
    };
    const auto line = [](const Description& description) {
      control::v1::TailResponse out;
      out.set_line(description.line);
      out.set_json(description.json);
      return out;
    };
    const auto whole = told(Sensitive::shown);
    server_->push(whole.device, line(whole), line(told(Sensitive::hidden)));
  }

  // The service manager restarts a daemon of which a thread hangs.
  void watch_threads() {
    watchdog_.emplace(core_, manager_.watchdog(), [this] { manager_.alive(); });
    watchdog_->watch("store", store_.scheduler());
    watchdog_->watch("store-read", store_read_.scheduler());
    watchdog_->watch("field", field_.scheduler());
    watchdog_->watch("config", keeper_.scheduler());
    lines_.each_thread([this](Worker& line) { watchdog_->watch(line.name(), line.scheduler()); });
    if (const auto within = manager_.watchdog()) manager_.expect_life_within(*within);
    watchdog_->start();
  }

  void pace_log() {
    core_.post_at(core_.now() + base::log::LogLimit::kWindow, [this] {
      base::log::tell_held_back();
      pace_log();
    });
  }

  void report_status() {
    if (!manager_.listens()) return;
    const auto look = [this] {
      auto state = service_state(*gateway_);
      state.store_problem = outbox_->away();
      return state;
    };
    status_ = std::make_unique<ServiceStatus>(
        ServiceStatus::Parts{look, *outbox_, core_, [this](const std::string& line) { manager_.status(line); }});
  }

  void start_over(std::optional<site::Candidate> next) {
    if (std::exchange(ending_.again, true)) return;
    base::log::warn("gateway.starts_over",
                    {{"why", next ? "its configuration has another store, or another control socket"
                                  : "the store must be opened anew"}});
    ending_.next = std::move(next);
    ending_.trial = life_->trial();
    ending_.running = life_->running();
    gateway_->stop([this] { io_.stop(); });
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reload();
        return wait_for_signal();
      }
      base::log::info("gateway.stopping", {{"signal", signal}});
      manager_.stopping();
      if (std::exchange(ending_.again, false)) return;  // it stops already
      gateway_->stop([this] { io_.stop(); });
    });
  }

  // Behind a trial that is under way: what was asked is not forgotten.
  void reload() {
    if (reload_timer_ != base::TimerId::none) core_.cancel(std::exchange(reload_timer_, base::TimerId::none));
    if (life_->trial()) {
      base::log::info("config.reload_waits", {{"for_version", life_->trial()->number}});
      reload_timer_ = core_.post_at(core_.now() + kLookAtTrial, [this] {
        reload_timer_ = base::TimerId::none;
        reload();
      });
      return;
    }
    manager_.reloading();
    ConfigOrder order;
    order.by = {"SIGHUP", ""};
    order.origin = "reload";
    order.confirmed = true;
    life_->apply(std::move(order), [this](const base::Result<ConfigApplied>& applied) {
      manager_.ready();
      if (!applied) return base::log::error("config.not_reloaded", {{"why", applied.error().what}});
      for (const auto& problem : applied->looked.problems) {
        base::log::error("config.problem", {{"at", problem.message()}});
      }
      if (applied->looked.same) base::log::info("config.unchanged");
    });
  }

  static constexpr std::chrono::milliseconds kUntilStartOver{200};
  static constexpr std::chrono::seconds kMostForCommands{30};
  static constexpr std::chrono::milliseconds kLookAtCommands{100};
  static constexpr std::chrono::seconds kRetiredFor{3};
  static constexpr std::chrono::seconds kLookAtTrial{2};

  std::unique_ptr<config::GatewayConfig> config_;
  site::Assembly assembly_;  // until the gateway is built
  ConfigVersions& versions_;
  Origin origin_;
  const ServiceManager& manager_;
  SystemClock clock_;
  base::SystemRandom random_;
  boost::asio::io_context io_{1};
  AsioScheduler core_{io_, clock_};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  Worker store_{"store", clock_};
  Worker store_read_{"store-read", clock_};
  Worker field_{"field", clock_};    // one event loop for every bus over TCP
  Worker keeper_{"config", clock_};  // reads and writes configurations
  Lines lines_{clock_, field_};
  BusLoans loans_;
  std::optional<Watchdog> watchdog_;  // once there is something to watch
  std::optional<seal::SigningKey> signing_key_;
  std::unique_ptr<ports::RowSealer> sealer_;  // null: nothing is sealed
  std::unique_ptr<store::SqliteOutbox> outbox_;
  std::unique_ptr<uplink::PahoSessionFactory> sessions_;
  std::unique_ptr<Gateway> gateway_;
  std::vector<Retired> retired_;
  std::unique_ptr<ConfigLife> life_;
  std::unique_ptr<control::Server> server_;
  std::unique_ptr<MetricsServer> metrics_;  // null: none are told
  std::optional<site::Candidate> next_;
  bool hands_over_ = false;  // the gateway ends, and the next one is not there yet
  base::TimerId reload_timer_ = base::TimerId::none;
  Ending ending_;
  std::unique_ptr<ServiceStatus> status_;  // null: no service manager
};

}  // namespace

int run(const Options& options) {
  if (options.check_only) return check(options.config_file);
  // The same paths whichever folder it was started in, so that they do not look changed to a later comparison.
  const auto file = config::plain_path(options.config_file);
  const auto files = version_files(versions_folder(file, options.state_folder));
  ConfigVersions versions(*files);
  auto start = choose_config(file, versions, device::driver_table(), SystemClock(config::ClockTrust::system));
  if (!start) return kExitConfig;
  const auto manager = ServiceManager::from_environment();
  auto& candidate = start->candidate;
  base::log::set_level(candidate.config->log_level);
  for (const auto& warning : candidate.warnings) fmt::print(stderr, "warning: {}\n", warning.message());
  // The gateway starts all the same: what it measures is kept until the link can be made.
  for (const auto& what : look_at_keys(*candidate.config)) fmt::print(stderr, "warning: {}\n", what);
  App::Origin origin{file, start->number, start->trouble, candidate.digest, {}};
  auto config = std::move(candidate.config);
  auto assembly = std::move(candidate.assembly);
  for (;;) {
    App app(std::move(config), std::move(*assembly), versions, origin, manager);
    if (const auto built = app.build(); !built) {
      fmt::print(stderr, "waysided: {}\n", built.error().what);
      return built.error().code == base::Errc::config ? kExitConfig : kExitIo;
    }
    auto ending = app.run();
    if (!ending.again) return 0;
    manager.expect_life_within(kLongestOpening);
    origin.trial = std::move(ending.trial);
    origin.version = ending.running;
    if (ending.next) {
      origin.digest = ending.next->digest;
      config = std::move(ending.next->config);
      assembly = std::move(ending.next->assembly);
      continue;
    }
    origin.digest = app.digest();
    config = app.release_config();
    auto assembled = site::assemble(*config, device::driver_table());
    if (!assembled.value) return kExitConfig;  // it was good a moment ago
    assembly = std::move(assembled.value);
  }
}

}  // namespace wayside::daemon
