namespace Latchkey.Tls.AspNetCore;

/// <summary>Who gives the site's ticket keys.</summary>
/// <param name="Address">null: the key server that has the private key.</param>
internal sealed record FleetTicketKeys(KeyServerAddress? Address)
{
    public static FleetTicketKeys OfKeyServer { get; } = new((KeyServerAddress?)null);
}
