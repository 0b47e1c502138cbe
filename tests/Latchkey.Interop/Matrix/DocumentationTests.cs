using System.Globalization;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>What docs/handshakes.md promises is what the matrix counts.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void The_round_trips_of_the_documentation_are_those_that_are_counted()
    {
        var documented = File.ReadLines(RepositoryRoot.File("docs", "handshakes.md"))
            .SkipWhile(line => line != "## Round trips")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .TakeWhile(cells => cells.Length == 8)
            .Select(cells => $"{cells[1]}: {string.Join(' ', cells[2..6])}");

        Assert.Equal(Cut.All.Select(cut => $"{NameOf(cut)}: {string.Join(' ', Enum.GetValues<Exchange>().Select(exchange => cut.RoundTrips[exchange].ToString(CultureInfo.InvariantCulture)))}"), documented);
    }

    private static string NameOf(Cut cut) => cut.Name switch
    {
        "exchange-handed-over" => "`exchange` with `handOverPrivateValue`",
        "handshake-finished-at-the-edge" => "`handshake` with `finished: edge`",
        _ => $"`{cut.Name}`",
    };
}
