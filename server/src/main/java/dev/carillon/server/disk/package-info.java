/** Files on a real disk, as the engine asks for them; knows nothing of what is in them. */
package dev.carillon.server.disk;
