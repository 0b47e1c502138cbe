using System.Globalization;
using System.Text.Json;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>Many connections begun at the same moment by one Node process, each a full handshake and a GET; times in ms.</summary>
internal sealed record Crowd(int Handshakes, int Answers, Dictionary<string, int> Failures, double FirstHandshake, double LastHandshake, double All)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task<Crowd> VisitAsync(ServedSites sites, int count, string host, string version)
    {
        var result = await ChildProcess.RunAsync(
            Tool.SkipUnless("node"),
            [
                ClientProgram.Path("crowd.mjs"), count.ToString(CultureInfo.InvariantCulture), $"{sites.Port}", host, $"TLSv{version}", sites.CaFile, "/hello",
            ],
            timeout: TimeSpan.FromSeconds(90));
        return JsonSerializer.Deserialize<Crowd>(result.Succeeded().Output, Json)!;
    }
}
