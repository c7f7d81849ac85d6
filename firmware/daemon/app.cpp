#include "daemon/app.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "bus/framed_bus.hpp"
#include "bus/line_timing.hpp"
#include "bus/serial_line.hpp"
#include "bus/tcp_line.hpp"
#include "control/server.hpp"
#include "daemon/asio_scheduler.hpp"
#include "daemon/control_alarms.hpp"
#include "daemon/control_audit.hpp"
#include "daemon/control_baselines.hpp"
#include "daemon/control_buses.hpp"
#include "daemon/control_commands.hpp"
#include "daemon/control_handler.hpp"
#include "daemon/describe.hpp"
#include "daemon/downlink_assembly.hpp"
#include "daemon/gateway.hpp"
#include "daemon/process_health.hpp"
#include "daemon/row_seal.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/service_status.hpp"
#include "daemon/system_clock.hpp"
#include "daemon/watchdog.hpp"
#include "store/sqlite_outbox.hpp"
#include "uplink/paho_session.hpp"

namespace wayside::daemon {
namespace {

constexpr int kExitConfig = 78;
constexpr int kExitIo = 74;

// A gigabyte of chunks, salvaged from a damaged database on a slow card: meanwhile no one feeds the watchdog. Also the
// unit's TimeoutStartSec.
constexpr std::chrono::minutes kLongestOpening{15};

// An event loop with a thread of its own.
class Worker {
 public:
  Worker(std::string name, const base::Clock& clock) : name_(std::move(name)), scheduler_(io_, clock) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    thread_ = std::thread([this] { io_.run(); });
    pthread_setname_np(thread_.native_handle(), name_.substr(0, 15).c_str());
  }
  // Ends after the task that is running.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] base::Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  std::string name_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  AsioScheduler scheduler_;
  std::thread thread_;
};

// A connection that stays silent for this many requests in a row is made anew.
constexpr int kSilentUntilReopened = 3;

bus::Rs485 rs485_of(config::Rs485 mode) {
  switch (mode) {
    case config::Rs485::kernel: return bus::Rs485::kernel;
    case config::Rs485::automatic: return bus::Rs485::automatic;
    case config::Rs485::none: break;
  }
  return bus::Rs485::none;
}

std::unique_ptr<bus::FramedBus> make_serial(const config::SerialSettings& s, Worker& worker, const base::Clock& clock) {
  auto line = std::make_unique<bus::SerialLine>(
      bus::SerialSettings{s.port, s.baud, static_cast<char>(s.parity), s.stop_bits, rs485_of(s.rs485), s.echo},
      worker.io(), clock);
  bus::FramedBusOptions options;
  options.gap = bus::frame_gap(s.baud);
  options.echo = s.echo;
  return std::make_unique<bus::FramedBus>(options, std::move(line), worker.scheduler());
}

std::unique_ptr<bus::FramedBus> make_tcp(const config::TcpSettings& t, Worker& worker, const base::Clock& clock) {
  auto line = std::make_unique<bus::TcpLine>(bus::TcpEndpoint{t.host, t.port}, worker.io(), clock);
  bus::FramedBusOptions options;
  options.framing = t.framing == config::TcpFraming::rtu ? bus::Framing::rtu : bus::Framing::mbap;
  options.silent_until_reopened = kSilentUntilReopened;
  return std::make_unique<bus::FramedBus>(options, std::move(line), worker.scheduler());
}

void print(const std::vector<config::Problem>& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem.message());
}

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

// None: no broker is reached by TLS.
std::optional<uplink::TlsFiles> tls_files(const config::GatewayConfig& config) {
  if (!config.uplink || !std::ranges::any_of(config.uplink->brokers, &config::BrokerAddress::tls)) return std::nullopt;
  const auto& tls = config.uplink->tls;
  return uplink::TlsFiles{tls.ca_file, tls.certificate_file, tls.key_file, tls.revocation};
}

store::Bounds bounds_of(const config::StoreConfig& config) {
  return {
      .max_bytes = config.max_bytes, .min_free = config.min_free, .max_age = config.max_age, .history = config.history};
}

class App {
 public:
  App(const config::GatewayConfig& config, Assembly assembly, const ServiceManager& manager)
      : config_(config), assembly_(std::move(assembly)), manager_(manager), clock_(config.clock) {}

  ~App() {
    // Threads first, then what they used; what still waits in the store is written last.
    field_.stop();
    for (auto& line : lines_) {
      if (line.worker) line.worker->stop();
    }
    store_.stop();
    store_read_.stop();
    server_.reset();
    status_.reset();
    gateway_.reset();
    if (outbox_) outbox_->close();
  }

  base::Result<void> build() {
    if (config_.store.seal) {
      auto sealer = make_sealer(*config_.store.seal);
      if (!sealer) return sealer.error();
      sealer_ = std::move(*sealer);
    }
    outbox_ = store::SqliteOutbox::open(config_.store.path, {}, {core_, store_.scheduler(), store_read_.scheduler()},
                                        random_, bounds_of(config_.store), sealer_.get());
    outbox_->when_lost([this] { start_over(); });
    if (config_.uplink) {
      auto password = read_password(config_.uplink->password_file);
      if (!password) return password.error();
      sessions_ = std::make_unique<uplink::PahoSessionFactory>(paho_options(*std::move(password)), core_);
    }
    read_keys();
    auto gateway = Gateway::build(
        config_, std::move(assembly_),
        Seams{clock_, random_, core_, [this](const auto& b) { return make_bus(b); }, *outbox_, *outbox_, *outbox_,
              outbox_->report(), sessions_.get(), tls_files(config_), WAYSIDE_VERSION, read_process_health,
              config_.uplink ? make_verifier(config_.uplink->downlink) : pipeline::Downlink::Verify{},
              signing_key_ ? &*signing_key_ : nullptr});
    if (!gateway) return gateway.error();
    gateway_ = std::move(*gateway);
    auto server = control::Server::listen(io_, config_.control_socket,
                                          [this](const auto& request, const control::Peer& peer, auto answer) {
                                            if (is_command(request))
                                              return handle_command(*gateway_, request, peer, std::move(answer));
                                            if (is_about_alarms(request))
                                              return handle_alarms(*gateway_, request, peer, std::move(answer));
                                            if (is_about_audit(request))
                                              return handle_audit(*gateway_, request, std::move(answer));
                                            if (is_about_baselines(request))
                                              return handle_baselines(*gateway_, request, peer, std::move(answer));
                                            if (is_about_buses(request))
                                              return handle_buses(*gateway_, request, std::move(answer));
                                            handle_request(*gateway_, request, std::move(answer));
                                          });
    if (!server) return server.error();
    server_ = std::move(*server);
    gateway_->observe([this](const model::Event& event) { tell_tails(event); });
    report_status();
    return {};
  }

  // True: the store must be opened anew, and with it everything that has read from it.
  bool run() {
    store_.start();
    store_read_.start();
    field_.start();
    for (auto& line : lines_) {
      if (line.worker) line.worker->start();
    }
    wait_for_signal();
    watch_threads();
    core_.post([this] {
      gateway_->start();
      manager_.ready();
      if (status_) status_->start();
    });
    base::log::info("gateway.started", {{"id", config_.id.value},
                                        {"devices", config_.devices.size()},
                                        {"rules", gateway_->assembly().rules->rule_count()}});
    io_.run();
    return starts_over_;
  }

 private:
  struct Line {
    std::unique_ptr<Worker> worker;  // of a serial line; those over TCP share field_
    std::unique_ptr<bus::FramedBus> bus;
  };

  uplink::PahoOptions paho_options(std::string password) {
    uplink::PahoOptions out;
    for (const auto& broker : config_.uplink->brokers) out.brokers.push_back({broker.host, broker.port, broker.tls});
    out.tls = tls_files(config_).value_or(uplink::TlsFiles{});
    out.username = config_.uplink->username;
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
    auto key = seal::SigningKey::load_or_make(config_.audit.key_file);
    if (key) {
      signing_key_ = std::move(*key);
    } else {
      base::log::error("audit.key", {{"what", key.error().what}});
    }
  }

  BusSeam make_bus(const config::BusConfig& bus) {
    Line line;
    if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) {
      line.worker = std::make_unique<Worker>("bus:" + bus.id.value, clock_);
      line.bus = make_serial(*serial, *line.worker, clock_);
    } else {
      line.bus = make_tcp(std::get<config::TcpSettings>(bus.transport), field_, clock_);
    }
    const BusSeam seam{line.worker ? line.worker->scheduler() : field_.scheduler(), *line.bus};
    lines_.push_back(std::move(line));
    return seam;
  }

  void tell_tails(const model::Event& event) {
    if (!server_ || !server_->has_tails()) return;
    const auto told = describe(event, *gateway_->assembly().points, gateway_->time().wall_of(event.at));
    control::v1::TailResponse line;
    line.set_line(told.line);
    line.set_json(told.json);
    server_->push(told.device, line);
  }

  // The service manager restarts a daemon of which a thread hangs.
  void watch_threads() {
    watchdog_.watch("store", store_.scheduler());
    watchdog_.watch("store-read", store_read_.scheduler());
    watchdog_.watch("field", field_.scheduler());
    for (auto& line : lines_) {
      if (line.worker) watchdog_.watch(line.worker->name(), line.worker->scheduler());
    }
    if (const auto within = manager_.watchdog()) manager_.expect_life_within(*within);
    watchdog_.start();
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

  void start_over() {
    base::log::warn("gateway.starts_over", {{"why", "the store must be opened anew"}});
    starts_over_ = true;
    gateway_->stop([this] { io_.stop(); });
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        base::log::info("gateway.reload_ignored", {{"hint", "restart the service to take a changed configuration"}});
        return wait_for_signal();
      }
      base::log::info("gateway.stopping", {{"signal", signal}});
      manager_.stopping();
      if (std::exchange(starts_over_, false)) return;  // it stops already
      gateway_->stop([this] { io_.stop(); });
    });
  }

  const config::GatewayConfig& config_;
  Assembly assembly_;
  const ServiceManager& manager_;
  SystemClock clock_;
  base::SystemRandom random_;
  boost::asio::io_context io_{1};
  AsioScheduler core_{io_, clock_};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  Worker store_{"store", clock_};
  Worker store_read_{"store-read", clock_};
  Worker field_{"field", clock_};  // one event loop for every bus over TCP
  std::vector<Line> lines_;
  Watchdog watchdog_{core_, manager_.watchdog(), [this] { manager_.alive(); }};
  std::optional<seal::SigningKey> signing_key_;
  std::unique_ptr<ports::RowSealer> sealer_;  // null: nothing is sealed
  std::unique_ptr<store::SqliteOutbox> outbox_;
  std::unique_ptr<uplink::PahoSessionFactory> sessions_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<control::Server> server_;
  std::unique_ptr<ServiceStatus> status_;  // null: no service manager
  bool starts_over_ = false;
};

enum class Ending : std::uint8_t { done, again };

base::Result<Ending> run_once(const config::GatewayConfig& config, Assembly assembly, const ServiceManager& manager) {
  App app(config, std::move(assembly), manager);
  if (const auto built = app.build(); !built) return built.error();
  return app.run() ? Ending::again : Ending::done;
}

}  // namespace

int run(const Options& options) {
  const auto loaded = config::load_gateway(options.config_file, device::driver_table());
  print(loaded.problems);
  if (!loaded.value) return kExitConfig;
  base::log::set_level(loaded.value->log_level);
  auto assembled = assemble(*loaded.value, device::driver_table());
  print(assembled.problems);
  if (!assembled.value) return kExitConfig;
  for (const auto& warning : assembled.value->warnings) fmt::print(stderr, "warning: {}\n", warning.message());
  if (const auto tls = tls_files(*loaded.value)) {
    // The gateway starts all the same: what it measures is kept until the link can be made.
    const auto good = uplink::check_tls_files(*tls);
    if (!good) fmt::print(stderr, "{}{}\n", options.check_only ? "" : "warning: ", good.error().what);
    if (!good && options.check_only) return kExitConfig;
  }
  if (loaded.value->uplink) {
    const auto good = check_keys(loaded.value->uplink->downlink);
    if (!good) fmt::print(stderr, "{}{}\n", options.check_only ? "" : "warning: ", good.error().what);
    if (!good && options.check_only) return kExitConfig;
  }
  if (options.check_only) {
    fmt::print("{}: {} devices, {} points, {} rules: good\n", options.config_file, loaded.value->devices.size(),
               assembled.value->points->size(), assembled.value->rules->rule_count());
    return 0;
  }
  const auto manager = ServiceManager::from_environment();
  for (;;) {
    const auto ending = run_once(*loaded.value, std::move(*assembled.value), manager);
    if (!ending) {
      fmt::print(stderr, "waysided: {}\n", ending.error().what);
      return ending.error().code == base::Errc::config ? kExitConfig : kExitIo;
    }
    if (*ending == Ending::done) return 0;
    manager.expect_life_within(kLongestOpening);
    assembled = assemble(*loaded.value, device::driver_table());
    if (!assembled.value) return kExitConfig;  // it was good a moment ago
  }
}

}  // namespace wayside::daemon
