use std::collections::HashSet;
use std::time::Duration;

use ids::{ServiceId, StaffId, TenantId};
use jiff::civil::Time;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::calendar::quiet_hours;
use crate::read::{Slugs, Table, value};
use crate::{Agent, Channel, Holiday, Hours, Service, Staff};

/// Nothing is offered sooner, unless a tenant says otherwise.
const LEAD: Duration = Duration::from_secs(60 * 60);
const LONGEST_LEAD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A business, with everything it needs to answer, book and remind.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Made from the slug: the same in every service.
    pub id: TenantId,
    /// Its name in configuration.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// Where its times are meant: an IANA name, known to this program's zone data.
    pub time_zone: String,
    /// Its language, as a BCP 47 tag.
    pub language: String,
    /// The number customers can call, as they should read it.
    pub phone: Option<String>,
    /// Whom to call in an emergency, where the business is.
    pub emergency_number: String,
    /// What turns may show and link to: the document `conversation.tenant.settings`.
    pub settings: Value,
    /// Whether texts that nobody asked for may say what a visit is for, and with whom.
    pub disclose_service: bool,
    /// Minutes between two offered starts; each service's own length when not set.
    pub slot_step: Option<u16>,
    /// Nothing is offered that begins sooner than this from now.
    pub booking_lead: Duration,
    /// Nothing is offered that begins in more days from now.
    pub booking_horizon_days: u16,
    /// When only replies and confirmations are sent, in local time: from, until; may span midnight.
    pub quiet_hours: Option<(Time, Time)>,
    /// How customers reach it.
    pub channels: Vec<Channel>,
    /// Who answers; menus only when not set.
    pub agent: Option<Agent>,
    /// What can be booked.
    pub services: Vec<Service>,
    /// Who can be booked.
    pub staff: Vec<Staff>,
    /// When there is work.
    pub hours: Vec<Hours>,
    /// When there is none.
    pub holidays: Vec<Holiday>,
}

impl Tenant {
    pub(crate) fn declared(mut table: Table<'_>) -> Option<Self> {
        let slug = table.required("slug", value::slug);
        let id = slug.as_ref().map(|slug| TenantId::named(Uuid::nil(), slug));
        let name = table.required("name", value::text);
        let time_zone = table.required("time_zone", value::time_zone);
        let language = table.required("language", value::language);
        let phone = table.optional("phone", value::written_phone);
        let emergency_number = table.required("emergency_number", value::emergency_number);
        let disclose_service = table.or("disclose_service", false, value::boolean);
        let opening_hours = table.optional("opening_hours", value::text);
        let links = table.list("links", host);
        let media_to_staff = table.or("media_to_staff", false, value::boolean);
        let slot_step = table.optional("slot_step_minutes", value::whole(1..=1440));
        let booking_lead = table.or("booking_lead", LEAD, value::duration);
        if booking_lead > LONGEST_LEAD {
            table.say_of("booking_lead", "must be at most \"30d\"");
        }
        let booking_horizon_days = table.or("booking_horizon_days", 60, value::whole(1..=730));
        let quiet_hours = table.table("quiet_hours").and_then(quiet_hours);
        let knowledge: Vec<Value> = table.tables("knowledge").into_iter().filter_map(snippet).collect();
        let mut channels: Vec<Channel> =
            table.tables("channel").into_iter().filter_map(Channel::declared).collect();
        for channel in &mut channels {
            let house = || quiet_hours.map(|(from, until)| json!({ "from": from, "until": until }));
            channel.quiet_hours = channel.quiet_hours.take().or_else(house);
        }
        let zone = time_zone.as_deref().unwrap_or_default();
        let channels: Vec<Channel> = channels.into_iter().map(|channel| channel.in_zone(zone)).collect();
        let agent = table.table("agent").and_then(Agent::declared);

        // References are checked against what is named, so that a mistake in one place is not also found in others.
        let owner = id.map(TenantId::uuid).unwrap_or_default();
        let services = table.tables("service");
        let service_ids = Slugs::of(&services, |slug| ServiceId::named(owner, slug));
        let staff = table.tables("staff");
        let staff_ids = Slugs::of(&staff, |slug| StaffId::named(owner, slug));
        let services: Vec<Service> =
            services.into_iter().filter_map(|table| Service::declared(table, owner)).collect();
        let member = |table| Staff::declared(table, owner, &service_ids);
        let staff: Vec<Staff> = staff.into_iter().filter_map(member).collect();
        let hours: Vec<(String, Hours)> = table
            .tables("hours")
            .into_iter()
            .filter_map(|table| Some((table.path().to_owned(), Hours::declared(table, &staff_ids)?)))
            .collect();
        let holiday = |table| Holiday::declared(table, &staff_ids);
        let holidays = table.tables("holiday").into_iter().filter_map(holiday).collect();

        distinct(&table, "service", services.iter().map(|service| service.slug.as_str()));
        distinct(&table, "staff", staff.iter().map(|member| member.slug.as_str()));
        Hours::check_overlaps(&hours, &table);
        // After other problems this would only say again what they have caused.
        if table.is_well() {
            check_bookable(&table, &services, &staff, &hours);
        }
        table.finish();

        Some(Self {
            id: id?,
            slug: slug?,
            name: name?,
            time_zone: time_zone?,
            language: language?,
            phone,
            emergency_number: emergency_number?,
            settings: json!({
                "show_service_name": disclose_service, "opening_hours": opening_hours, "links": links,
                "media_to_staff": media_to_staff, "knowledge": knowledge,
            }),
            disclose_service,
            slot_step,
            booking_lead,
            booking_horizon_days,
            quiet_hours,
            channels,
            agent,
            services,
            staff,
            hours: hours.into_iter().map(|(_, hours)| hours).collect(),
            holidays,
        })
    }
}

/// A piece of what a business has written about itself. Its name is kept on the turns that used it.
fn snippet(mut table: Table<'_>) -> Option<Value> {
    let source = table.required("source", value::slug);
    let text = table.required("text", value::text);
    table.finish();
    Some(json!({ "source": source?, "text": text? }))
}

fn distinct<'a>(table: &Table<'_>, kind: &str, slugs: impl Iterator<Item = &'a str>) {
    let mut seen = HashSet::new();
    for slug in slugs.filter(|slug| !seen.insert(*slug)) {
        // Slugs are safe to repeat, and which of the two is meant cannot be told by its place.
        table.say_of(kind, &format!("has the slug {slug} twice; slugs of a tenant's {kind} must differ"));
    }
}

/// What can never be booked is a mistake, and it would only be noticed by customers.
fn check_bookable(table: &Table<'_>, services: &[Service], staff: &[Staff], hours: &[(String, Hours)]) {
    for service in services {
        if !staff.iter().any(|member| member.services.contains(&service.id)) {
            table.say_of(
                "service",
                &format!("{} is done by nobody; name it in somebody's services", service.slug),
            );
        }
    }
    for member in staff {
        let works = |(_, hours): &(String, Hours)| hours.staff.is_none_or(|whose| whose == member.id);
        if !hours.iter().any(works) {
            table.say_of(
                "staff",
                &format!("{} never works; declare hours for them or for the house", member.slug),
            );
        }
    }
}

fn host(value: &toml::Value) -> value::Read<String> {
    let host = value::text(value)?;
    let plain = host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    if plain && host.contains('.') {
        Ok(host)
    } else {
        Err("must be a host without scheme or path, such as \"harbour.example\"".to_owned())
    }
}
