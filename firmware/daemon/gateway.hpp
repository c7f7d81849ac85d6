// The whole gateway above the seams: put together from the end of the way of the data backwards, started in that
// order, stopped in the reverse. The daemon gives it threads, sockets and files; the run from a seed gives it virtual
// time and simulated ones. Home: core (the pollers live on their buses' Schedulers).
// Destroy it only when no Scheduler runs its tasks any more.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "config/gateway_config.hpp"
#include "daemon/audit_keeper.hpp"
#include "daemon/health_reporter.hpp"
#include "daemon/link_keeper.hpp"
#include "daemon/sparkplug_face.hpp"
#include "pipeline/answers.hpp"
#include "pipeline/audit_trail.hpp"
#include "pipeline/baseline_keeper.hpp"
#include "pipeline/baseline_share.hpp"
#include "pipeline/commander.hpp"
#include "pipeline/dictionary_json.hpp"
#include "pipeline/downlink.hpp"
#include "pipeline/field_watch.hpp"
#include "pipeline/forwarder.hpp"
#include "pipeline/gateway_points.hpp"
#include "pipeline/historian.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/loss_teller.hpp"
#include "pipeline/notices.hpp"
#include "pipeline/poller.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/repairs.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/history.hpp"
#include "ports/outbox.hpp"
#include "site/assembly.hpp"
#include "store/opening.hpp"
#include "uplink/link.hpp"

namespace wayside::daemon {

struct BusSeam {
  base::Scheduler& home;
  ports::RegisterBus& bus;
};

struct Seams {
  const base::Clock& clock;
  base::Random& random;
  base::Scheduler& core;
  std::function<BusSeam(const config::BusConfig&)> bus;  // asked once for each bus, while building
  ports::Outbox& outbox;
  ports::StateTable& state;
  ports::LossLedger& ledger;
  ports::History& history;
  store::OpenReport store_report;
  ports::MqttSessionFactory* sessions = nullptr;  // null: no uplink
  std::optional<uplink::TlsFiles> tls = {};       // none: no broker is reached by TLS
  std::string software_version;
  std::function<std::optional<model::ProcessHealth>()> process = {};  // may be empty: not known
  pipeline::Downlink::Verify verify = {};                             // orders of the platform; with an uplink
  const seal::SigningKey* signing_key = nullptr;                      // of the audit trail; null: it is not signed
  pipeline::Downlink::Take take_config = {};  // may be empty: the platform cannot change the configuration
  bool takes_over = false;                    // from a gateway of another configuration: no start of the program
};

class Gateway {
 public:
  // Everything given must outlive the gateway. Errors: stored state that cannot be read at all (Errc::io).
  [[nodiscard]] static base::Result<std::unique_ptr<Gateway>> build(const config::GatewayConfig& config,
                                                                    site::Assembly assembly, Seams seams);
  ~Gateway();

  // On core. `before`: the gateway that this one takes over from; what lives only in memory goes on. It has handed
  // over.
  void start(Gateway* before = nullptr);
  // Stops polling, makes everything recorded durable, gives the link up to two seconds to take what still waits, says
  // goodbye to the broker; then `done` is posted to core.
  void stop(base::Task done);
  // The same for another gateway to take over at once, on the same store and buses: no one else uses them any more when
  // `done` is posted, and nothing is pushed out first. Requires: commander().is_idle().
  void hand_over(base::Task done);

  [[nodiscard]] const config::GatewayConfig& config() const { return config_; }
  [[nodiscard]] const site::Assembly& assembly() const { return assembly_; }
  [[nodiscard]] pipeline::Commander& commander() { return *commander_; }
  [[nodiscard]] const pipeline::Commander& commander() const { return *commander_; }
  [[nodiscard]] const pipeline::Judge& judge() const { return *judge_; }
  [[nodiscard]] const pipeline::FieldWatch& watch() const { return *watch_; }
  [[nodiscard]] const pipeline::Recorder& recorder() const { return *recorder_; }
  [[nodiscard]] const pipeline::Forwarder& forwarder() const { return *forwarder_; }
  [[nodiscard]] const pipeline::Notices& notices() const { return *notices_; }
  [[nodiscard]] const pipeline::AuditTrail& audit() const { return *audit_; }
  [[nodiscard]] const pipeline::Answers& answers() const { return *answers_; }
  // Null without an uplink.
  [[nodiscard]] const pipeline::Downlink* downlink() const { return downlink_.get(); }
  [[nodiscard]] const pipeline::TimeKeeper& time() const { return *time_; }
  // Both null without an uplink; the keeper also before start().
  [[nodiscard]] const uplink::Link* link() const { return link_.get(); }
  // Null where the configuration does not want it.
  [[nodiscard]] const SparkplugFace* sparkplug() const { return sparkplug_.get(); }
  [[nodiscard]] const pipeline::ByteBudget& budget() const { return *budget_; }
  [[nodiscard]] const LinkKeeper* link_keeper() const { return link_keeper_.get(); }
  [[nodiscard]] const Seams& seams() const { return seams_; }
  [[nodiscard]] base::BootTime started() const { return started_; }
  // Those of the rules and those of the gateway about them.
  [[nodiscard]] std::vector<model::AlarmRecord> alarms() const;
  [[nodiscard]] pipeline::Historian& historian() { return *historian_; }
  [[nodiscard]] const pipeline::AlarmWatch& alarm_watch() const { return *alarm_watch_; }
  [[nodiscard]] pipeline::Judge& judge() { return *judge_; }
  // Null before start().
  [[nodiscard]] pipeline::BaselineShare* baseline_share() { return baseline_share_.get(); }
  // The entrance to a bus, by its position in the configuration.
  // In the order of config().buses.
  [[nodiscard]] BusSeam bus_seam(std::size_t bus) const { return buses_.at(bus).seam; }
  [[nodiscard]] pipeline::BusQueue& queue(std::size_t bus) { return *buses_.at(bus).poller; }
  void observe(pipeline::EventObserver observer) { observer_ = std::move(observer); }

 private:
  Gateway(const config::GatewayConfig& config, site::Assembly assembly, Seams seams);

  [[nodiscard]] base::Result<void> load_state();
  void make_link();
  void make_pollers();
  // Requires: the pollers are made, their drivers are theirs.
  [[nodiscard]] base::Result<void> make_commander(const std::vector<const device::Driver*>& drivers);
  [[nodiscard]] base::Result<void> make_repairs();
  void make_downlink();
  [[nodiscard]] base::Result<void> make_sparkplug();
  [[nodiscard]] uplink::LinkOptions link_options() const;
  void stop_links(base::Task done);
  void set_up(const model::DeviceId& device, pipeline::Repairs::SetUpDone done);
  void announce_epoch();
  void announce_catalogues();
  void check_time();
  void start_health();
  [[nodiscard]] model::Health health() const;
  [[nodiscard]] std::optional<model::LinkHealth> link_health() const;
  [[nodiscard]] model::BusHealth bus_health(const model::BusId& bus) const;
  enum class Ending : std::uint8_t { program, configuration };
  void end(Ending ending, base::Task done);
  void stop_pollers(Ending ending, base::Task done);
  void drain(base::BootTime deadline, base::Task done);
  [[nodiscard]] wire::GatewayState state(bool online) const;
  [[nodiscard]] std::vector<ports::MqttMessage> announcements() const;
  [[nodiscard]] std::vector<ports::MqttMessage> explanations() const;

  const config::GatewayConfig& config_;
  site::Assembly assembly_;
  Seams seams_;
  wire::Topics topics_;
  wire::Catalogues catalogues_;
  std::optional<pipeline::PublishedDictionary> dictionary_;  // none: too large
  // Does not change any more once it is started.
  std::shared_ptr<pipeline::Historian::StoredCatalogues> stored_catalogues_;
  std::vector<model::AlarmRecord> stored_alarms_;
  std::vector<ports::StateEntry> stored_baselines_;
  std::vector<ports::StateEntry> stored_priors_;
  std::map<std::string, device::DriverState> stored_drivers_;
  std::vector<ports::StateEntry> stored_assets_;
  std::vector<ports::StateEntry> stored_kpi_;
  std::vector<ports::StateEntry> stored_history_;
  bool epoch_announced_ = false;

  std::unique_ptr<pipeline::TimeKeeper> time_;
  std::unique_ptr<pipeline::ByteBudget> budget_;
  std::unique_ptr<pipeline::AuditTrail> audit_;
  std::unique_ptr<pipeline::Forwarder> forwarder_;
  std::unique_ptr<pipeline::Answers> answers_;
  std::unique_ptr<pipeline::Notices> notices_;
  std::unique_ptr<uplink::Link> link_;
  std::unique_ptr<pipeline::Recorder> recorder_;
  std::unique_ptr<pipeline::FieldWatch> watch_;
  std::unique_ptr<pipeline::AlarmWatch> alarm_watch_;
  std::unique_ptr<pipeline::Judge> judge_;
  std::unique_ptr<pipeline::LinkWatch> link_watch_;
  std::unique_ptr<LinkKeeper> link_keeper_;
  std::unique_ptr<pipeline::BaselineKeeper> baselines_;
  std::unique_ptr<pipeline::BaselineShare> baseline_share_;
  std::unique_ptr<pipeline::LossTeller> losses_;
  std::unique_ptr<HealthReporter> health_;
  std::map<base::Scheduler*, std::unique_ptr<pipeline::HandOver>> hand_overs_;  // one for each event loop of buses
  struct Bus {
    BusSeam seam;
    std::unique_ptr<pipeline::Poller> poller;
  };
  std::vector<Bus> buses_;
  std::unique_ptr<pipeline::Commander> commander_;
  std::unique_ptr<pipeline::Repairs> repairs_;
  std::unique_ptr<pipeline::Historian> historian_;
  std::unique_ptr<pipeline::Downlink> downlink_;
  std::unique_ptr<SparkplugFace> sparkplug_;
  pipeline::EventObserver observer_;
  std::unique_ptr<AuditKeeper> audit_keeper_;
  base::BootTime started_{};
  base::TimerId time_timer_ = base::TimerId::none;
  std::size_t pollers_running_ = 0;
  base::Task pollers_stopped_;
};

}  // namespace wayside::daemon
