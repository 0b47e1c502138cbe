using System.Text;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>The small clients under <c>Programs/</c>, all of which write <c>name: value</c> lines.</summary>
internal static class ClientProgram
{
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", name);

    public static Visit ReadVisit(ChildResult result)
    {
        var values = result.Succeeded().Output.Split('\n')
            .Select(line => line.Split(": ", 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1]);
        return new Visit(
            values["version"].Replace("TLSv", "", StringComparison.Ordinal),
            values["suite"],
            Convert.FromBase64String(values["certificate"]),
            values["application"],
            Encoding.UTF8.GetString(Convert.FromBase64String(values["body"])));
    }
}
