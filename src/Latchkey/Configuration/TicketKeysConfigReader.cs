using Latchkey.KeyServer;
using Latchkey.Tickets;

namespace Latchkey.Configuration;

/// <summary>Reads <c>ticketKeys</c> of keyserver.json.</summary>
internal static class TicketKeysConfigReader
{
    private const int LongestPeriod = 7 * 86400;

    /// <param name="sealingSecret">Whether there is one: then nothing is made or exchanged.</param>
    public static TicketKeyOptions Read(ConfigurationValue value, bool sealingSecret, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        value.Only("generate", "periodSeconds", "leadSeconds", "openSeconds", "peers", "sharedWith");
        foreach (var name in new[] { "generate", "peers", "sharedWith" })
        {
            if (sealingSecret && value[name].Exists)
                throw value[name].Error("stands beside sealingSecretFile (expected one of the two: from that file all key servers make the same keys by themselves)");
        }
        return new TicketKeyOptions
        {
            Generate = value["generate"].Boolean(true),
            Schedule = ReadSchedule(value),
            Peers = [.. value["peers"].Items("an array of names of keyServers").Select(item => KeyServerConfigReader.ReadKeyServer(item, keyServers)).Distinct(StringComparer.OrdinalIgnoreCase)],
            SharedWith = [.. value["sharedWith"].Items("an array of names in other key servers' certificates").Select(item => item.Text("a name in a key server's certificate"))],
        };
    }

    private static TicketKeySchedule ReadSchedule(ConfigurationValue value)
    {
        var defaults = TicketKeySchedule.Default;
        var period = value["periodSeconds"].Number((int)defaults.Period.TotalSeconds, 1, LongestPeriod);
        // With a period of its own, a lead and an end that go with it.
        var lead = value["leadSeconds"].Number(Math.Min(period, (int)defaults.Lead.TotalSeconds), 1, period);
        var most = period * TicketKeySchedule.MostPeriods;
        var open = value["openSeconds"].Number(Math.Min(most, (int)defaults.OpenFor.TotalSeconds), 1, most);
        return new TicketKeySchedule(TimeSpan.FromSeconds(period), TimeSpan.FromSeconds(lead), TimeSpan.FromSeconds(open));
    }
}
