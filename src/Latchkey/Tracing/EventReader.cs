using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Latchkey.Tracing;

/// <summary>Reads handshakes from an edge's <c>/events</c>.</summary>
internal static class EventReader
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="client">With the admin endpoint as its base address.</param>
    /// <param name="watching">Called once no handshake will be missed any more.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<HandshakeTrace> ReadAsync(HttpClient client, Action watching, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(await client.GetStreamAsync("/events", cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(": watching", StringComparison.Ordinal))
                watching();
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return JsonSerializer.Deserialize<HandshakeTrace>(line.AsSpan("data: ".Length), Json)!;
        }
    }
}
