namespace Latchkey.Configuration;

/// <summary>Reads a site's <c>resumption</c>: false, or an object. What a site's custody cannot do is an error that lists what it can.</summary>
internal static class ResumptionConfigReader
{
    private const string Expected = "false, or an object with tickets, sessionIds, lifetimeSeconds, tls13Tickets, singleUse, maxEarlyData";

    /// <returns>null: every handshake is a full one.</returns>
    public static ResumptionConfig? Read(ConfigurationValue value, string custody, UpstreamConfig upstream, SessionCacheConfig? cache)
    {
        if (value.IsText)
            return value.Boolean(true) ? throw value.Error($"found true (expected {Expected})") : null;
        value.Only("tickets", "sessionIds", "lifetimeSeconds", "tls13Tickets", "singleUse", "maxEarlyData");
        var choices = Choices.Of(custody);
        var config = new ResumptionConfig
        {
            Tickets = Choose(value["tickets"], choices.Tickets, custody),
            SessionIds = Choose(value["sessionIds"], choices.SessionIds, custody),
            Lifetime = value["lifetimeSeconds"].Seconds(12 * 3600, 1, 7 * 24 * 3600),
            Tls13Tickets = value["tls13Tickets"].Number(2, 0, 16),
            SingleUse = value["singleUse"].Boolean(false),
            MaxEarlyData = ReadMaxEarlyData(value["maxEarlyData"], custody, upstream),
        };
        if (config.SessionIds == SessionIdentifierArrangement.Shared && cache is null)
            throw value["sessionIds"].Error("shared needs a cache (expected sessionCache at the top of the file)");
        if (config.SessionIds == SessionIdentifierArrangement.Shared && cache!.Secret is null && config.Tickets != TicketArrangement.TicketKey)
            throw value["sessionIds"].Error("shared needs keys that all edges have (expected \"tickets\": \"ticket-key\" beside it, or sessionCache.secretFile)");
        return config;
    }

    private static int ReadMaxEarlyData(ConfigurationValue value, string custody, UpstreamConfig upstream)
    {
        // As much as a server that changes its mind skips with ease: see RecordReader.MaxSkippedEarlyData.
        var bytes = value.Number(0, 0, 1 << 16);
        if (bytes > 0 && upstream is UpstreamConfig.Tcp)
            throw value.Error("stands beside an upstream that is not HTTP, where nobody could tell what may not happen twice (expected it with http://, https:// and files only)");
        if (bytes > 0 && custody is ("session-keys" or "handshake"))
            throw value.Error($"does not go with custody {custody} (expected one that leaves the secret at the edge: whether early data is accepted is settled before the key server is asked)");
        return bytes;
    }

    private static TArrangement Choose<TArrangement>(ConfigurationValue value, IReadOnlyDictionary<string, TArrangement> choices, string custody)
    {
        var word = value.OptionalText($"one of {string.Join(", ", choices.Keys)}") ?? choices.Keys.First();
        return choices.TryGetValue(word.ToLowerInvariant(), out var arrangement)
            ? arrangement
            : throw value.Error($"\"{word}\" does not go with custody {custody} (expected one of {string.Join(", ", choices.Keys)})");
    }

    /// <summary>What goes with a custody; the first of each is the default.</summary>
    private sealed record Choices(IReadOnlyDictionary<string, TicketArrangement> Tickets, IReadOnlyDictionary<string, SessionIdentifierArrangement> SessionIds)
    {
        private static readonly Choices Local = new(
            Words(("edge", TicketArrangement.Edge), ("off", TicketArrangement.Off)),
            Words(("edge", SessionIdentifierArrangement.Edge), ("shared", SessionIdentifierArrangement.Shared), ("off", SessionIdentifierArrangement.Off)));

        private static readonly Choices SecretAtTheEdge = Local with
        {
            Tickets = Words(("edge", TicketArrangement.Edge), ("key-server", TicketArrangement.KeyServer), ("ticket-key", TicketArrangement.TicketKey), ("off", TicketArrangement.Off)),
        };

        private static readonly Choices MasterSecret = SecretAtTheEdge with
        {
            Tickets = Words(("edge", TicketArrangement.Edge), ("state", TicketArrangement.State), ("key-server", TicketArrangement.KeyServer), ("ticket-key", TicketArrangement.TicketKey), ("off", TicketArrangement.Off)),
        };

        private static readonly Choices SecretAtTheKeyServer = new(
            Words(("key-server", TicketArrangement.KeyServer), ("off", TicketArrangement.Off)),
            Words(("key-server", SessionIdentifierArrangement.KeyServer), ("edge", SessionIdentifierArrangement.Edge), ("off", SessionIdentifierArrangement.Off)));

        private static readonly Choices Relayed = SecretAtTheKeyServer with
        {
            SessionIds = Words(("key-server", SessionIdentifierArrangement.KeyServer), ("off", SessionIdentifierArrangement.Off)),
        };

        public static Choices Of(string custody) => custody switch
        {
            CustodyNames.Local or CustodyNames.Threshold => Local,
            "master-secret" => MasterSecret,
            "session-keys" => SecretAtTheKeyServer,
            CustodyNames.Handshake => Relayed,
            _ => SecretAtTheEdge,
        };

        // In the order given: what is listed and what is the default follow it.
        private static OrderedDictionary<string, TArrangement> Words<TArrangement>(params (string Word, TArrangement Arrangement)[] words) =>
            new(words.Select(one => KeyValuePair.Create(one.Word, one.Arrangement)));
    }
}
