using System.Text;
using Latchkey.Client;

namespace Latchkey.KeyServer.Keys.Remote;

/// <summary>The name that policy and audit at the other key server go by.</summary>
internal static class QuestionOrigin
{
    public static RequestOrigin Of(ReadOnlySpan<byte> serverName) => new(serverName.IsEmpty ? null : Encoding.UTF8.GetString(serverName), null, null);
}
